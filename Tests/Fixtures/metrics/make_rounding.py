"""Symmetric round-to-nearest of a matrix, for the tests of WeightRounding. Needs numpy and torch.
Usage: make_rounding.py   (writes rounding.json here)"""
import json, os
import numpy as np, torch

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20261121)
matrix = rng.normal(0, .02, (5, 70)).astype(np.float32)
matrix[1] = 0                                                       # a row without any step
matrix[2, 40] = 3                                                   # an outlier
matrix[3, :7] = np.array([-7, .5, 1.5, 2.5, -.5, -1.5, -2.5])       # halves, at 4 bits in groups of 7


def rounded(w, bits, group):
    w, top = w.copy(), np.float32(2 ** (bits - 1) - 1)
    for row in w:
        for start in range(0, len(row), group or len(row)):
            part = row[start:start + (group or len(row))]
            step = np.abs(part).max() / top
            if step > 0:
                part[:] = np.round(part / step) * step
    return w


cases = []
for bits in (8, 4):
    for group in (None, 32, 7):
        result = rounded(matrix, bits, group)
        if group is None:   # torch agrees, up to its multiplication by 1 / step
            step = np.maximum(np.abs(matrix).max(1) / (2 ** (bits - 1) - 1), 1e-30).astype(np.float32)
            other = torch.fake_quantize_per_channel_affine(
                torch.tensor(matrix), torch.tensor(step), torch.zeros(5, dtype=torch.int32), 0,
                -2 ** (bits - 1), 2 ** (bits - 1) - 1).numpy()
            assert np.abs(other - result).max() <= 1e-6, np.abs(other - result).max()
        cases.append(dict(bits=bits, group=group, values=[float(x) for x in result.ravel()]))
json.dump(dict(rows=5, columns=70, matrix=[float(x) for x in matrix.ravel()], cases=cases),
          open(os.path.join(here, 'rounding.json'), 'w'))
