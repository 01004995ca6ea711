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
    ("single voxels", 8, (12, 11, 10), (1.2, 0.8, 2.5), None, None, 0.012),
    ("many lesions", 9, (26, 24, 16), (1.0, 1.0, 1.0), 22, 8, 0.001),
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


def surface_figures(p, r, spacing):
    """Surface: p without its erosion by face neighbors, outside the volume counting as outside. scipy's exact distances."""
    diagonal = float(np.linalg.norm([(n - 1) * h for n, h in zip(p.shape, spacing)]))
    if not p.any() and not r.any():
        return {"ASSD": None, "HD": None, "HD95": None}
    if not p.any() or not r.any():
        return {"ASSD": diagonal, "HD": diagonal, "HD95": diagonal}
    edges = [m & ~ndimage.binary_erosion(m) for m in (p, r)]
    forth = ndimage.distance_transform_edt(~edges[1], sampling=spacing)[edges[0]]
    back = ndimage.distance_transform_edt(~edges[0], sampling=spacing)[edges[1]]
    return {
        "ASSD": float(np.concatenate([forth, back]).mean()),
        "HD": float(max(forth.max(), back.max())),
        "HD95": float(max(np.percentile(forth, 95), np.percentile(back, 95))),
    }


def anima_detected(first, second, count_first, count_second):
    """Lesions of `first` detected by `second`: the whole table of overlaps, background included, as Anima's rules read."""
    table = np.zeros((count_first + 1, count_second + 1), int)
    np.add.at(table, (first.ravel(), second.ravel()), 1)
    detected = 0
    for row in table[1:]:
        covered = row[1:].sum()
        if not covered / row.sum() > 0.1:
            continue
        order = sorted(range(1, count_second + 1), key=lambda c: (-row[c], -table[:, c].sum(), c))
        share, good = 0.0, True
        for c in order:
            if share >= 0.65 or row[c] == 0:
                break
            if table[0, c] / table[:, c].sum() > 0.7:
                good = False
                break
            share += row[c] / covered
        detected += good
    return detected


def anima_figures(p, r, spacing):
    maps = []
    for mask in (p, r):
        labels, count = ndimage.label(mask.transpose(2, 1, 0))  # numbered in the order of memory, i fastest
        volumes = np.bincount(labels.ravel(), minlength=count + 1) * np.prod(spacing)
        kept = [c for c in range(1, count + 1) if volumes[c] > 3.0]
        renumbered = np.zeros(count + 1, int)
        renumbered[kept] = np.arange(1, len(kept) + 1)
        maps.append((renumbered[labels], len(kept)))
    (labels_p, count_p), (labels_r, count_r) = maps
    sens = divide(anima_detected(labels_r, labels_p, count_r, count_p), count_r)
    ppv = divide(anima_detected(labels_p, labels_r, count_p, count_r), count_p)
    if ppv is None and count_r > 0:
        ppv = 0.0
    if count_r == 0 and count_p == 0:
        f1 = None
    else:
        f1 = 2.0 * sens * ppv / (sens + ppv) if sens and ppv else 0.0
    return {"SensL": sens, "PPVL": ppv, "F1_score": f1, "lesions_ref_anima": count_r, "lesions_pred_anima": count_p}


def probability_figures(probabilities, r):
    """Average precision and ROC area by cumulative sums over all distinct values, all voxels sorted."""
    positives, negatives = int(r.sum()), int((~r).sum())
    if positives == 0:
        return {"APR": None, "AUC": None}
    order = np.argsort(-probabilities.ravel(), kind="stable")
    values = probabilities.ravel()[order]
    last = np.append(np.flatnonzero(np.diff(values)), values.size - 1)  # of each run of equal values
    tp = np.cumsum(r.ravel()[order])[last].astype(float)
    fp = last + 1 - tp
    recall = np.concatenate([[0.0], tp / positives])
    area = float(np.sum(np.diff(recall) * tp / (tp + fp)))
    false_rate = np.concatenate([[0.0], fp / negatives])
    return {"APR": area, "AUC": float(np.sum(np.diff(false_rate) * (recall[1:] + recall[:-1]) / 2))}


def probabilities_of(prediction, reference, label, seed):
    """In sixteenths, with many ties: likelier where the prediction or the reference has the label."""
    lcg = Lcg(seed + 1000 * label)
    values = np.zeros(prediction.shape, np.float32)
    for k in range(values.shape[2]):
        for j in range(values.shape[1]):
            for i in range(values.shape[0]):
                drawn = lcg.below(9)
                drawn += 4 * int(prediction[i, j, k] == label) + 3 * int(reference[i, j, k] == label)
                values[i, j, k] = drawn / 16
    return values


def main():
    out = []
    for name, seed, shape, spacing, blobs, others, noise in CASES:
        prediction, reference = maps(seed, shape, spacing, blobs, others, noise)
        labels = {}
        for label in (1, 2):
            p, r = prediction == label, reference == label
            labels[str(label)] = {
                "voxels": {
                    **voxel_figures(p, r),
                    **surface_figures(p, r, spacing),
                    **anima_figures(p, r, spacing),
                    **probability_figures(probabilities_of(prediction, reference, label, seed), r),
                    "volume_pred": float(p.sum() * np.prod(spacing)),
                    "volume_ref": float(r.sum() * np.prod(spacing)),
                },
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
