"""The figures of bench/evaluation.mjs by numpy and scipy: FOLDER SHAPE ROUNDS."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

folder, shape, rounds = Path(sys.argv[1]), tuple(map(int, sys.argv[2].split(","))), int(sys.argv[3])
SPACING = (1.0, 1.0, 1.0)


def load(name, dtype):
    return np.fromfile(folder / name, dtype).reshape(shape[::-1])  # [k, j, i]


prediction, reference = load("prediction", np.uint8) != 0, load("reference", np.uint8) != 0
probabilities = load("probabilities", np.float32)


def detected(first, second, count_first, count_second):
    table = np.zeros((count_first + 1, count_second + 1), int)
    np.add.at(table, (first, second), 1)
    sizes = table.sum(0)
    found = 0
    for row in table[1:]:
        covered = row[1:].sum()
        if not covered / row.sum() > 0.1:
            continue
        share, good = 0.0, True
        for c in 1 + np.argsort(-row[1:], kind="stable"):
            if share >= 0.65 or row[c] == 0:
                break
            if table[0, c] / sizes[c] > 0.7:
                good = False
                break
            share += row[c] / covered
        found += good
    return found


def figures(p, r, probability, crop):
    tp, n_p, n_r = int(np.count_nonzero(p & r)), int(np.count_nonzero(p)), int(np.count_nonzero(r))
    fp, fn = n_p - tp, n_r - tp
    out = {"Dice": 2 * tp / (n_p + n_r), "F2": 5 * tp / (5 * tp + 4 * fn + fp), "Specificity": 1 - fp / (p.size - n_r)}
    whole = r
    if crop:
        box = ndimage.find_objects((p | r).astype(np.uint8))[0]
        p, r = p[box], r[box]
    structure = ndimage.generate_binary_structure(3, 2)
    labels_r, count_r = ndimage.label(r, structure)
    labels_p, count_p = ndimage.label(p, structure)
    out["LTPR"] = np.count_nonzero(np.bincount(labels_r[p], minlength=count_r + 1)[1:]) / count_r
    out["LFPR"] = 1 - np.count_nonzero(np.bincount(labels_p[r], minlength=count_p + 1)[1:]) / count_p
    edges = [m & ~ndimage.binary_erosion(m) for m in (p, r)]
    forth = ndimage.distance_transform_edt(~edges[1], sampling=SPACING)[edges[0]]
    back = ndimage.distance_transform_edt(~edges[0], sampling=SPACING)[edges[1]]
    out["ASSD"] = (forth.sum() + back.sum()) / (forth.size + back.size)
    out["HD"] = max(forth.max(), back.max())
    out["HD95"] = max(np.percentile(forth, 95), np.percentile(back, 95))
    maps = []
    for mask in (p, r):
        labels, count = ndimage.label(mask)
        kept = np.bincount(labels.ravel(), minlength=count + 1) > 3
        kept[0] = False
        renumbered = np.where(kept, np.cumsum(kept), 0)
        maps.append((renumbered[labels], int(kept.sum())))
    (labels_p, count_p), (labels_r, count_r) = maps
    some = (labels_p > 0) | (labels_r > 0)
    labels_p, labels_r = labels_p[some], labels_r[some]
    out["SensL"] = detected(labels_r, labels_p, count_r, count_p) / count_r
    out["PPVL"] = detected(labels_p, labels_r, count_p, count_r) / count_p
    if probability is not None:
        order = np.argsort(probability.ravel())[::-1]
        values = probability.ravel()[order]
        last = np.append(np.flatnonzero(np.diff(values)), values.size - 1)
        true = np.cumsum(whole.ravel()[order])[last]
        recall = np.concatenate([[0], true / n_r])
        out["APR"] = np.sum(np.diff(recall) * true / (last + 1))
        false = np.concatenate([[0], (last + 1 - true) / (whole.size - n_r)])
        out["AUC"] = np.sum(np.diff(false) * (recall[1:] + recall[:-1]) / 2)
    return {name: float(value) for name, value in out.items()}


rows = []
for what, probability, crop in [
    ("scipy", None, False),
    ("scipy, cut to the box", None, True),
    ("scipy, with probabilities", probabilities, False),
    ("scipy, cut to the box, with probabilities", probabilities, True),
]:
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        metrics = figures(prediction, reference, probability, crop)
        spent.append(1000 * (time.process_time() - start))
    rows.append((what, {"first": spent[0], "median": sorted(spent)[rounds // 2], "metrics": metrics}))
print(json.dumps(rows))
