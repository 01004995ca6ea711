"""Thresholds by trying all of them, in exact fractions, to compare src/calibrate with.

Each case's maps are made by the generator below, so that the JSON holds only its seed. Probabilities are multiples of 1/levels, levels a power
of 2: float32 holds them exactly, and few levels make many ties.
Run: python3 test/reference/calibrate.py > test/reference/calibrate.json
"""

import json
from fractions import Fraction

import numpy as np


def lcg(state):
    while True:
        state = (1664525 * state + 1013904223) % 2**32
        yield state


def maps(case):
    """Per subject: levels 0 ... levels of each voxel, and the reference."""
    draw = lcg(case["seed"])
    below = lambda count: (next(draw) * count) // 2**32
    subjects = []
    for s in range(case["subjects"]):
        share = 0 if s in case["empty"] else 1 + below(5)  # tenths of voxels that are in the reference
        levels, reference = [], []
        for _ in range(case["voxels"]):
            lesion = below(10) < share
            level = below(case["levels"] + 1)
            other = below(case["levels"] + 1)
            # Lesions have the larger of two draws, unless they are lost outside of the brain.
            level = max(level, other) if lesion else min(level, other)
            if lesion and below(1000) < case["lost"]:
                level = 0
            levels.append(level)
            reference.append(lesion)
        subjects.append((np.array(levels), np.array(reference)))
    return subjects


def figures(subjects, level, beta):
    """Exact means over subjects where voxels of at least this level, and never of level 0, are marked; None without a value."""
    values = {"miss": [], "recall": [], "precision": [], "fbeta": [], "dice": []}
    for levels, reference in subjects:
        marked = (levels >= level) & (levels > 0)
        tp, fp, fn = (int(np.sum(x)) for x in (marked & reference, marked & ~reference, ~marked & reference))
        values["miss"].append(Fraction(fn, tp + fn) if tp + fn else Fraction(0))
        if tp + fn:
            values["recall"].append(Fraction(tp, tp + fn))
        if tp + fp:
            values["precision"].append(Fraction(tp, tp + fp))
        elif fn:
            values["precision"].append(Fraction(0))
        if tp + fp + fn:
            b = beta**2
            values["fbeta"].append((1 + b) * tp / ((1 + b) * tp + b * fn + fp))
            values["dice"].append(Fraction(2 * tp, 2 * tp + fp + fn))
    return {k: (sum(v) / len(v) if v else None, len(subjects) - len(v)) for k, v in values.items()}


def rules(case, subjects):
    levels = range(1, case["levels"] + 1)
    n = len(subjects)
    betas = {b: Fraction(b) for b in ["0.5", "1", "2"]}
    table = {b: {l: figures(subjects, l, betas[b]) for l in levels} for b in betas}
    mean = lambda figure, l: table["1"][l][figure][0]
    result = []
    for alpha in ["0.05", "0.1", "0.15", "0.2", "0.25", "0.3", "0.5", "0.9"]:
        a = Fraction(alpha)
        needed = next(m for m in range(1, 1000) if Fraction(1, m + 1) <= a)
        kept = [l for l in levels if Fraction(n, n + 1) * mean("miss", l) + Fraction(1, n + 1) <= a]
        result.append({"kind": "miss-rate", "alpha": float(alpha), "needed": needed, "level": max(kept, default=None) if n >= needed else None})
    for target in ["0.25", "0.4", "0.5", "0.6", "0.75", "0.9", "1"]:
        t = Fraction(target)
        kept = [l for l in levels if mean("recall", l) >= t]
        result.append({"kind": "recall", "target": float(target), "level": max(kept, default=None)})
        kept = [l for l in levels if (mean("precision", l) or 0) >= t]
        result.append({"kind": "precision", "target": float(target), "level": min(kept, default=None)})
    for beta in betas:
        best = max(levels, key=lambda l: ((table[beta][l]["fbeta"][0] or 0), l))
        result.append({"kind": "f-beta", "beta": float(beta), "level": best})
    return result


def marks(subjects, level):
    """How many voxels a level marks: levels that no voxel has mark the same as the next one above."""
    return sum(int(np.sum((levels >= level) & (levels > 0))) for levels, _ in subjects)


def main():
    cases = []
    for name, seed, n, voxels, levels, empty, lost in [
        ("few levels, many ties", 1, 24, 60, 8, [], 0),
        ("empty references", 2, 30, 50, 16, [3, 11, 12], 0),
        ("reference voxels outside of the brain", 3, 25, 80, 32, [5], 120),
        ("many levels", 4, 20, 200, 4096, [], 0),
        ("few voxels", 5, 40, 9, 4, [1, 2], 40),
        ("nine subjects", 6, 9, 100, 64, [], 0),
    ]:
        case = {"name": name, "seed": seed, "subjects": n, "voxels": voxels, "levels": levels, "empty": empty, "lost": lost}
        subjects = maps(case)
        case["rules"] = rules(case, subjects)
        for rule in case["rules"]:
            rule["marked"] = None if rule["level"] is None else marks(subjects, rule["level"])
        at = {}
        for share in [0, 4, 8]:
            level = levels * share // 8
            f = figures(subjects, level, Fraction(1))
            at[str(level)] = {k: [None if f[k][0] is None else float(f[k][0]), f[k][1]] for k in ["miss", "recall", "precision", "dice"]}
        case["figures"] = at
        cases.append(case)
    print(json.dumps(cases, indent=1))


main()
