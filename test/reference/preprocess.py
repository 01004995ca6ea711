"""Percentiles, normalizations and fingerprints by numpy and SciPy, to compare src/preprocess with (preprocess-reference.test.ts).

The values come from a small linear congruential generator (Numerical Recipes' constants) that the test repeats, so that
only the figures are stored. Run: python3 test/reference/preprocess.py > test/reference/preprocess.json
"""

import json

import numpy as np
from scipy import ndimage

PERCENTS = [0, 0.5, 1, 5, 25, 50, 62.5, 75, 95, 99.5, 100]
CASES = [
    # name, seed, number of values, factor, offset, number of decimals that are kept (None: all)
    ("one value", 1, 1, 10.0, -3.0, None),
    ("two values", 2, 2, 10.0, -3.0, None),
    ("seven values", 3, 7, 1.0, -0.5, None),
    ("whole numbers, many of them equal", 4, 1000, 12.0, -6.0, 0),
    ("large numbers close together", 5, 1001, 3.0, 1e7, None),
    ("tiny numbers of both signs", 6, 4096, 1e-38, -5e-39, None),
    ("an int16 image with a slope", 7, 20011, 4000.0, 0.0, 0),
]
SHAPE = (9, 8, 7)


class Lcg:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state / 2**32


def values_of(seed, count, factor, offset, decimals):
    lcg = Lcg(seed)
    values = np.array([lcg.uniform() for _ in range(count)]) * factor + offset
    return (values if decimals is None else np.floor(values)).astype(np.float32)


def percentiles():
    cases = []
    for name, seed, count, factor, offset, decimals in CASES:
        values = values_of(seed, count, factor, offset, decimals).astype(np.float64)
        expected = np.percentile(values, PERCENTS)
        cases.append(
            dict(name=name, seed=seed, count=count, factor=factor, offset=offset, whole=decimals == 0, expected=expected.tolist())
        )
    return cases


def volume():
    """A brain of skewed values with single extremes, i fastest, and its mask."""
    lcg = Lcg(11)
    count = int(np.prod(SHAPE))
    mask = np.array([lcg.uniform() < 0.7 for _ in range(count)])
    image = np.array([100 + 50 * lcg.uniform() * lcg.uniform() for _ in range(count)])
    image[np.flatnonzero(mask)[[5, 50]]] = 9000, -800
    return image.astype(np.float32), mask


def mode_and_width(inside):
    counts, edges = np.histogram(inside, bins=256, range=np.percentile(inside, [0.5, 99.5]))
    density = ndimage.gaussian_filter1d(counts.astype(np.float64), sigma=8, mode="constant", truncate=4)
    centers = (edges[:-1] + edges[1:]) / 2
    peak = int(density.argmax())
    above = density[peak:]
    first = int(np.argmax(above <= above[0] / 2))
    half = np.interp(-above[0] / 2, -above[first - 1 : first + 1], centers[peak + first - 1 : peak + first + 1])
    return centers[peak], (half - centers[peak]) / np.sqrt(2 * np.log(2))


def normalizations():
    image, mask = volume()
    inside = image[mask].astype(np.float64)
    low, high = np.percentile(inside, [0.5, 99.5])
    clipped = np.clip(image.astype(np.float64), low, high)
    mode, width = mode_and_width(inside)
    results = {
        "z-score": (image - inside.mean()) / inside.std(),
        "mean": image / inside.mean(),
        "percentile": (clipped - clipped[mask].mean()) / clipped[mask].std(),
        "mode": (image - mode) / width,
    }
    # Every seventh voxel is enough.
    return {name: np.where(mask, result, 0)[::7].tolist() for name, result in results.items()}


def fingerprint():
    image, mask = volume()
    inside = image[mask].astype(np.float64)
    names = ["p0.5", "p5", "p50", "p95", "p99.5"]
    values = np.percentile(inside, [0.5, 5, 50, 95, 99.5])
    return dict(
        voxels=int(mask.sum()),
        mean=inside.mean(),
        standardDeviation=inside.std(),
        percentiles=dict(zip(names, values.tolist())),
    )


print(
    json.dumps(
        dict(
            percents=PERCENTS,
            percentiles=percentiles(),
            shape=SHAPE,
            normalizations=normalizations(),
            fingerprint=fingerprint(),
        ),
        indent=1,
    )
)
