"""Bootstrap percentile intervals by scipy.stats.bootstrap and by enumeration, to compare src/evaluate/bootstrap.ts with.

`exact` intervals enumerate all n^n resamples; `scipy` ones are drawn (200,000 resamples), of groups by resampling pairs of
(sum, count) together. Run: python3 test/reference/bootstrap.py > test/reference/bootstrap.json
"""

import itertools
import json

import numpy as np
from scipy import stats

LEVEL = 0.95


def exact(sums, counts):
    n = len(sums)
    means = []
    for draw in itertools.product(range(n), repeat=n):
        means.append(sum(sums[d] for d in draw) / sum(counts[d] for d in draw))
    return np.percentile(means, [2.5, 97.5]).tolist()


def by_scipy(sums, counts, seed):
    ratio = lambda s, c, axis: np.sum(s, axis=axis) / np.sum(c, axis=axis)
    result = stats.bootstrap(
        (np.array(sums), np.array(counts)),
        ratio,
        paired=True,
        vectorized=True,
        n_resamples=200_000,
        batch=10_000,
        confidence_level=LEVEL,
        method="percentile",
        random_state=seed,
    )
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


def sums_of(values, groups):
    keys = list(dict.fromkeys(groups))
    sums = [sum(v for v, g in zip(values, groups) if g == key) for key in keys]
    return sums, [groups.count(key) for key in keys]


def main():
    rng = np.random.default_rng(20)
    cases = []
    for name, n, patients in [("six scans", 6, None), ("40 scans", 40, None), ("15 scans of 5 patients", 15, 5), ("60 scans of 21 patients", 60, 21)]:
        values = [round(float(v), 6) for v in rng.beta(5, 2, n)]
        groups = [str(index) for index in range(n)] if patients is None else [str(g) for g in np.sort(np.append(np.arange(patients), rng.integers(0, patients, n - patients)))]
        if patients is not None:  # scans of one patient resemble each other
            values = [round(min(1.0, v * 0.3 + 0.1 * (int(g) % 7)), 6) for v, g in zip(values, groups)]
        sums, counts = sums_of(values, groups)
        interval = exact(sums, counts) if len(sums) <= 6 else by_scipy(sums, counts, 7)
        cases.append({"name": name, "by": "exact" if len(sums) <= 6 else "scipy", "values": values, "groups": groups, "mean": float(np.mean(values)), "interval": interval})
    print(json.dumps(cases, indent=1))


main()
