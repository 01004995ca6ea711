"""Reference data for the area under the ROC curve of src/evaluate/threshold-curve.ts: every positive compared with every negative, by NumPy.

Run from the repository's root: /usr/bin/python3 test/reference/auroc.py
Needs numpy (made with 1.24.2). Writes test/reference/auroc.json.
"""

import json
import pathlib

import numpy as np

random = np.random.default_rng(8)
cases = []
# Scores of few levels have many ties; -1 stands for scores without ties.
for size, levels, shift in ((40, 4, 0), (300, 16, 3), (500, -1, 0.2), (200, 64, -9), (64, 1, 0)):
    positive = random.random(size) < 0.2
    noise = random.integers(0, levels, size) if levels > 0 else random.normal(size=size)
    scores = (noise + shift * positive).astype(np.float32)
    difference = scores[positive][:, None].astype(np.float64) - scores[~positive][None, :]
    area = np.mean((difference > 0) + 0.5 * (difference == 0))
    cases.append({"scores": scores.tolist(), "positive": positive.astype(int).tolist(), "auroc": area})

(pathlib.Path(__file__).parent / "auroc.json").write_text(json.dumps({"cases": cases}) + "\n")
print([case["auroc"] for case in cases])
