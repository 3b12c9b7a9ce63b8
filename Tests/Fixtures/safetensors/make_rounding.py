"""Roundings from float32 to float16 and bfloat16. Needs numpy. Usage: make_rounding.py > rounding.json

float16 is numpy's own conversion. bfloat16 is float32 rounded to 8 significant bits, ties to even, in float64
arithmetic. Numbers are bit patterns."""
import json
import numpy as np

rng = np.random.default_rng(20261121)
sign, exponent = rng.choice([-1, 1], 300), rng.uniform(-30, 18, 300)
values = list((sign * np.exp2(exponent) * rng.uniform(1, 2, 300)).astype(np.float32))
for half in list(rng.integers(0, 0x7C00, 60)) + [0, 1, 2, 0x3FF, 0x400, 0x7BFF]:
    a, b = (np.uint16(min(int(half) + i, 0x7BFF)).view(np.float16).astype(np.float64) for i in (0, 1))
    middle = np.float32((a + b) / 2)
    values += [np.float32(a), middle, -middle] + [np.nextafter(middle, np.float32(s * np.inf)) for s in (1, -1)]
for upper in rng.integers(0, 0x7F7F, 60):
    values += [np.uint32(int(upper) << 16 | low).view(np.float32) for low in (0x7FFF, 0x8000, 0x8001)]
values += [np.float32(v) for v in (0.0, -0.0, 1, -1, 65504, 65519.996, 65520, -65520, 65536, 3.4028235e38, 1e-45,
                                   2**-24, 2**-25, 2**-26, 6.1e-5, np.inf, -np.inf)]
values = np.array(values, np.float32)


def bfloat16(v):
    wide = np.float64(v)
    if not np.isfinite(wide) or wide == 0:
        rounded = v
    else:
        spacing = 2.0 ** (max(np.frexp(wide)[1] - 1, -126) - 7)
        with np.errstate(over="ignore"):
            rounded = np.float32(np.rint(wide / spacing) * spacing)
    return int(np.float32(rounded).view(np.uint32)) >> 16


with np.errstate(over="ignore"):
    halves = values.astype(np.float16)
print(json.dumps({
    "float32": values.view(np.uint32).tolist(),
    "float16": halves.view(np.uint16).tolist(),
    "float16AsFloat32": halves.astype(np.float32).view(np.uint32).tolist(),
    "bfloat16": [bfloat16(v) for v in values],
}, separators=(",", ":")))
