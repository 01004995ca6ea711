"""Paired tests, correlations and calibration by scipy, to compare src/evaluate with (evaluation-statistics.test.ts).

Run: /usr/bin/python3 test/reference/statistics.py > test/reference/statistics.json
"""

import json
import warnings

import numpy as np
from scipy import optimize, special, stats

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)


def wilcoxon_cases():
    cases = []
    for n, digits in [(1, 9), (4, 9), (7, 9), (12, 9), (25, 9), (50, 9), (51, 9), (80, 9), (8, 1), (20, 1), (60, 1), (15, 2)]:
        a = np.round(rng.beta(4, 2, n), digits)
        b = np.round(np.clip(a - 0.05 + 0.2 * rng.standard_normal(n), 0, 1), digits)
        d = a - b
        # Differences of rounded numbers tie only as the rounded numbers do: in whole units, which float subtraction keeps exact.
        scale = 10**digits if digits < 9 else 1
        a, b = np.round(a * scale) if digits < 9 else a, np.round(b * scale) if digits < 9 else b
        d = a - b
        ties = len(np.unique(np.abs(d[d != 0]))) < np.count_nonzero(d)
        method = "approx" if ties or (d == 0).any() or n > 50 else "exact"
        result = stats.wilcoxon(a, b, zero_method="wilcox", correction=True, method=method)
        cases.append(dict(a=a.tolist(), b=b.tolist(), statistic=float(result.statistic), p=float(result.pvalue), method=method))
    return cases


def correlation_cases():
    cases = []
    for n in (2, 3, 10, 40):
        a = rng.lognormal(8, 1, n)
        b = a * rng.lognormal(0.1, 0.3, n)
        difference = b - a
        sd = float(np.std(difference, ddof=1))
        bias = float(difference.mean())
        cases.append(
            dict(reference=a.tolist(), predicted=b.tolist(), Corr=float(stats.pearsonr(a, b)[0]), bias=bias, sd=sd, lower=bias - 1.96 * sd)
        )
    return cases


def calibration_case():
    """An overconfident map of 1500 voxels."""
    truth = special.expit(rng.normal(-2, 1.5, 1500))
    label = (rng.random(1500) < truth).astype(int)
    p = special.expit(2.3 * special.logit(truth)).astype(np.float32)
    p[:20] = 0
    p[20:30] = 1
    p64 = p.astype(float)
    bins = np.minimum((p64 * 15).astype(int), 14)
    ece = sum(abs(p64[bins == b].mean() - label[bins == b].mean()) * (bins == b).mean() for b in range(15) if (bins == b).any())
    z = special.logit(np.clip(p64, 1e-6, 1 - 1e-6))

    def nll(log_temperature):
        scaled = z / np.exp(log_temperature)
        return float(np.mean(np.logaddexp(0, scaled) - label * scaled))

    best = optimize.minimize_scalar(nll, bounds=(-3, 3), method="bounded", options=dict(xatol=1e-12))
    return dict(
        probabilities=[float(f"{x:.9g}") for x in p64],
        label="".join(map(str, label)),
        ece=float(ece),
        brier=float(np.mean((p64 - label) ** 2)),
        nll=nll(0.0),
        temperature=float(np.exp(best.x)),
        scaled_nll=float(best.fun),
    )


print(json.dumps(dict(wilcoxon=wilcoxon_cases(), correlation=correlation_cases(), calibration=calibration_case())))
