#ifndef LETHE_CQRENCODE_SHIM_H
#define LETHE_CQRENCODE_SHIM_H

#include <qrencode.h>

#endif
