"""Squared distances by scipy.ndimage.distance_transform_edt, to compare src/volume/distance-transform.ts with.

The masks come from a small linear congruential generator (Numerical Recipes' constants) that the test repeats, so that only the
distances are stored. Run: /usr/bin/python3 test/reference/distance_transform.py > test/reference/distance-transform.json
"""

import json

import numpy as np
from scipy.ndimage import distance_transform_edt

CASES = [
    # name, seed, shape i j k, spacing in mm, share of the mask's voxels
    ("isotropic", 1, (9, 7, 5), (1.0, 1.0, 1.0), 0.03),
    ("thick slices", 2, (11, 8, 4), (0.9, 0.9, 3.0), 0.02),
    ("three spacings", 3, (6, 10, 7), (0.43, 1.7, 1.2), 0.01),
    ("a plane", 4, (13, 12, 1), (1.0, 2.5, 7.0), 0.04),
    ("a line along k", 5, (1, 1, 31), (1.0, 1.0, 0.7), 0.1),
    ("dense", 6, (8, 9, 6), (1.1, 0.8, 2.0), 0.6),
]


def mask_of(seed, shape, share):
    """i fastest, as the test fills it."""
    state = seed
    mask = np.zeros(int(np.prod(shape)), bool)
    for v in range(mask.size):
        state = (1664525 * state + 1013904223) % 2**32
        mask[v] = state / 2**32 < share
    return mask.reshape(shape[::-1])


def main():
    results = []
    for name, seed, shape, spacing, share in CASES:
        mask = mask_of(seed, shape, share)
        assert mask.any(), name
        squared = distance_transform_edt(~mask, sampling=spacing[::-1]) ** 2
        results.append(
            dict(name=name, seed=seed, shape=shape, spacing=spacing, share=share, squared=[float(f"{x:.10g}") for x in squared.ravel()])
        )
    print(json.dumps(results))


main()
