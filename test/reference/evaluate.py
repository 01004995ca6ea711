"""Figures of segmentation by numpy and scipy, to compare src/evaluate with (evaluate-reference.test.ts).

The masks come from a small linear congruential generator (Numerical Recipes' constants) that the test repeats, so that
only the figures are stored. Run: python3 test/reference/evaluate.py > test/reference/evaluate.json
"""

import json

import numpy as np
from scipy import ndimage

CASES = [
    # name, seed, shape (i, j, k), spacing in mm, reference's blobs, blobs of the prediction alone, noise per voxel
    ("isotropic", 1, (17, 13, 11), (1.0, 1.0, 1.0), 6, 3, 0.0),
    ("thick slices", 2, (24, 22, 5), (0.9, 0.9, 6.5), 7, 4, 0.002),
    ("touching by edges and corners", 3, (9, 8, 7), (1.0, 1.0, 1.0), 0, 0, 0.16),
    ("missed", 4, (10, 9, 8), (1.0, 1.0, 2.0), 4, None, 0.0),
    ("false alarm", 5, (10, 9, 8), (1.0, 1.0, 2.0), None, 4, 0.0),
    ("both empty", 6, (7, 6, 5), (1.0, 1.0, 1.0), None, None, 0.0),
    ("one voxel thin", 7, (19, 1, 6), (1.0, 3.0, 1.0), 5, 2, 0.03),
]


class Lcg:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state

    def below(self, count):
        return self.next() * count // 2**32


def blob(lcg, shape, spacing):
    """An ellipsoid that is a ball in mm, and its label, 1 or 2."""
    center = [lcg.below(extent) for extent in shape]
    radius = 1.0 + lcg.below(4)
    label = 1 + lcg.below(2)
    i, j, k = np.indices(shape)
    distance = ((i - center[0]) * spacing[0]) ** 2 + ((j - center[1]) * spacing[1]) ** 2 + ((k - center[2]) * spacing[2]) ** 2
    return distance <= radius * radius, label


def maps(seed, shape, spacing, blobs, others, noise):
    lcg = Lcg(seed)
    reference = np.zeros(shape, int)
    prediction = np.zeros(shape, int)
    for n in range(blobs or 0):
        where, label = blob(lcg, shape, spacing)
        reference[where] = label
        if others is not None and n % 3 != 0:  # two of three are found, one voxel off along i
            prediction[np.roll(where, 1, axis=0)] = label
    for _ in range(others or 0):
        where, label = blob(lcg, shape, spacing)
        prediction[where] = label
    if noise > 0:
        for target in (reference, prediction):
            for k in range(shape[2]):
                for j in range(shape[1]):
                    for i in range(shape[0]):
                        if lcg.next() < noise * 2**32:
                            target[i, j, k] = 1
    return prediction, reference


def divide(a, b):
    return None if b == 0 else float(a) / float(b)


def voxel_figures(p, r):
    tp, fp, fn, tn = (int(np.sum(x)) for x in (p & r, p & ~r, ~p & r, ~p & ~r))
    missed = fn > 0 and tp + fp == 0
    return {
        "TP": tp,
        "FP": fp,
        "FN": fn,
        "TN": tn,
        "n_pred": int(p.sum()),
        "n_ref": int(r.sum()),
        "Dice": divide(2 * np.sum(p & r), p.sum() + r.sum()),
        "IoU": divide(np.sum(p & r), np.sum(p | r)),
        "PPV": 0.0 if missed else divide(np.sum(p & r), p.sum()),
        "Sensitivity": divide(np.sum(p & r), r.sum()),
        "Specificity": divide(np.sum(~p & ~r), np.sum(~r)),
        "F2": divide(5 * tp, 5 * tp + 4 * fn + fp),
        "VD": divide(abs(int(p.sum()) - int(r.sum())), r.sum()),
    }


def lesion_figures(p, r, connectivity):
    structure = ndimage.generate_binary_structure(3, {6: 1, 18: 2, 26: 3}[connectivity])
    labels_r, count_r = ndimage.label(r, structure)
    labels_p, count_p = ndimage.label(p, structure)
    found = len(set(labels_r[p].tolist()) - {0})
    true = len(set(labels_p[r].tolist()) - {0})
    missed = count_r > 0 and count_p == 0
    ltpr = divide(found, count_r)
    ppv = 0.0 if missed else divide(true, count_p)
    if count_r == 0 and count_p == 0:
        f1 = None
    elif not ltpr or not ppv:
        f1 = 0.0
    else:
        f1 = 2.0 / (1.0 / ltpr + 1.0 / ppv)
    return {
        "lesions_ref": count_r,
        "lesions_pred": count_p,
        "LTPR": ltpr,
        "LFPR": None if ppv is None else 1.0 - ppv,
        "LesionPPV": ppv,
        "LesionF1": f1,
    }


def main():
    out = []
    for name, seed, shape, spacing, blobs, others, noise in CASES:
        prediction, reference = maps(seed, shape, spacing, blobs, others, noise)
        labels = {}
        for label in (1, 2):
            p, r = prediction == label, reference == label
            labels[str(label)] = {
                "voxels": voxel_figures(p, r),
                "lesions": {str(c): lesion_figures(p, r, c) for c in (6, 18, 26)},
            }
        out.append(
            {
                "name": name,
                "seed": seed,
                "shape": shape,
                "spacing": spacing,
                "blobs": blobs,
                "others": others,
                "noise": noise,
                "labels": labels,
            }
        )
    print("[\n" + ",\n".join(json.dumps(case) for case in out) + "\n]")


main()
