"""Reference data for src/predict: post-processing and lesion tables as SciPy has them.

Run from the repository's root: /usr/bin/python3 test/reference/postprocess.py
Needs numpy and scipy (made with 1.24.2 and 1.10.1). Writes test/reference/postprocess.json.
"""

import json
import pathlib

import numpy as np
from scipy import ndimage

SHAPE = (9, 10, 12)  # k, j, i
AFFINE = np.array([[-0.9, 0.1, 0.3, 31.5], [0.05, 1.2, -0.2, -42.25], [0.1, 0.15, 2.5, 7.0], [0, 0, 0, 1]])
STRUCTURES = {6: 1, 18: 2, 26: 3}
random = np.random.default_rng(31)


def text(values):
    """One character a voxel, i fastest: 0-9, then letters."""
    return "".join("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-/"[value] for value in values.ravel())


def components(mask, connectivity):
    return ndimage.label(mask, ndimage.generate_binary_structure(3, STRUCTURES[connectivity]))


def hysteresis(p, low, high, connectivity):
    labels, count = components(p >= low, connectivity)
    seeds = np.unique(labels[p >= high])
    return np.isin(labels, seeds[seeds > 0])


def without_small(mask, connectivity, least):
    labels, count = components(mask, connectivity)
    volumes = ndimage.sum_labels(mask, labels, np.arange(count + 1)) * abs(np.linalg.det(AFFINE[:3, :3]))
    return mask & (volumes >= least)[labels]


def filled(labels):
    """Holes of the union of all classes, each with the class that most of its faces touch; ties to the lower value."""
    result = labels.copy()
    whole = ndimage.binary_fill_holes(labels > 0)
    holes, count = ndimage.label(whole & (labels == 0))
    for hole in range(1, count + 1):
        faces = []
        for axis in range(3):
            for step in (-1, 1):
                neighbors = np.roll(labels, step, axis)[holes == hole]
                faces.extend(neighbors[neighbors > 0])
        values, counts = np.unique(faces, return_counts=True)
        result[holes == hole] = values[np.argmax(counts)]
    return result, count


def lesions(mask, p, spread, connectivity):
    """Rows of voxels, volume, centroid x, y, z, mean and largest probability, mean spread."""
    labels, count = components(mask, connectivity)
    index = np.arange(1, count + 1)
    centers = [AFFINE @ (*center[::-1], 1) for center in ndimage.center_of_mass(mask, labels, index)]
    volume = abs(np.linalg.det(AFFINE[:3, :3]))
    return [
        [int(voxels), *np.round([voxels * volume, *center[:3], mean, largest, unsure], 9).tolist()]
        for voxels, center, mean, largest, unsure in zip(
            ndimage.sum_labels(np.ones(SHAPE), labels, index),
            centers,
            ndimage.mean(p, labels, index),
            ndimage.maximum(p, labels, index),
            ndimage.mean(spread, labels, index),
        )
    ]


cases = []
for smoothing in (0.0, 0.7, 1.0):
    noise = ndimage.gaussian_filter(random.normal(size=SHAPE), smoothing)
    ranks = noise.ravel().argsort().argsort().reshape(SHAPE) / noise.size
    p = np.floor(ranks * 65).astype(int)  # of 64, so that float32 holds it exactly
    spread = random.integers(0, 33, SHAPE)
    classes = np.where(p >= 14, 1 + (np.indices(SHAPE).sum(0) + p) // 16 % 3, 0)
    classes[classes == 3] = 7
    fill, holes = filled(classes)
    binary = p >= 14
    assert np.array_equal(fill > 0, ndimage.binary_fill_holes(classes > 0))
    cases.append(
        {
            "probabilities": text(p),
            "spread": text(spread),
            "hysteresis": {c: text(hysteresis(p / 64, 0.5, 0.875, c).astype(int)) for c in STRUCTURES},
            "filled": text(ndimage.binary_fill_holes(binary).astype(int)),
            "classes": text(classes),
            "classesFilled": text(fill),
            "holes": holes,
            "withoutSmall": {c: text(without_small(p >= 44, c, 12.5).astype(int)) for c in STRUCTURES},
            "lesions": {c: lesions(p >= 52, p / 64, spread / 64, c) for c in STRUCTURES},
        }
    )

OUT = pathlib.Path(__file__).parent / "postprocess.json"
OUT.write_text(json.dumps({"shape": SHAPE[::-1], "affine": AFFINE.ravel().tolist(), "cases": cases}) + "\n")
for case in cases:
    print(case["holes"], {c: len(rows) for c, rows in case["lesions"].items()})
