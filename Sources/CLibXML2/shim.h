// Debian's libxml2 is built with ICU, whose headers clash with the ICU inside Foundation. Nothing
// here touches a converter, and the macro only adds members at the end of xmlCharEncodingHandler.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
