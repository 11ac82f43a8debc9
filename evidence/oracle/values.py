"""Computes what evidence/ must reproduce, by other people's code, and prints it as JSON.

    python3 -m venv /tmp/oracle && . /tmp/oracle/bin/activate
    pip install "numpy<2" scipy mpmath matplotlib multiprocess setuptools wheel scikit-build cmake ninja
    pip download --no-deps --no-binary :all: --no-build-isolation confseq==0.0.11 && tar xzf confseq-0.0.11.tar.gz
    PYTHONPATH=confseq-0.0.11/src python3 evidence/oracle/values.py > evidence/oracle/values.json

confseq is the library of the authors of the betting paper. Only its Python modules are used, so its C++ part, which
needs Boost, is not built. It works on observations in [0, 1]: x = (d + 1) / 2, and stakes c / mean(x).
Where a product leaves the range of doubles, mpmath multiplies 60 digits.
"""

import json
import platform
from importlib import metadata

import mpmath
import numpy as np
from confseq.betting import cs_from_martingale, diversified_betting_mart
from scipy.optimize import brentq
from scipy.stats import beta, binom, fisher_exact

mpmath.mp.dps = 60
BETS = [0.02 + 0.04 * k for k in range(25)]
ABOVE = [lambda x, m, c=c: np.full(len(x), c / m) for c in BETS]
BELOW = [lambda x, m, c=c: np.full(len(x), c / (1 - m)) for c in BETS]


def confseq_wealth(differences, mean, side):
    """Wealth after every difference, by confseq; theta 1 bets upwards, theta 0 downwards."""
    x = (np.asarray(differences, float) + 1) / 2
    theta = 1 if side == "above" else 0
    return diversified_betting_mart(
        x, (mean + 1) / 2, ABOVE, BELOW, alpha=0.05, theta=theta, trunc_scale=1, m_trunc=True
    )


def exact_log_wealth(counts, mean, side):
    """log K of {difference: count} from its definition, in 60 digits."""
    mean = mpmath.mpf(mean)
    largest = 1 + mean if side == "above" else mean - 1
    total = mpmath.mpf(0)
    for bet in BETS:
        product = mpmath.mpf(1)
        for difference, count in counts.items():
            product *= (1 + bet / largest * (mpmath.mpf(difference) - mean)) ** count
        total += product
    return float(mpmath.log(total / len(BETS)))


def bound(counts, alpha, side):
    """The mean at which the wealth is 1/alpha, or the end of the range when there is none."""
    n = sum(counts.values())
    average = sum(d * c for d, c in counts.items()) / n
    edge = -1 if side == "above" else 1
    if average == edge:
        return edge
    near = edge * (1 - 1e-9)
    return brentq(lambda mean: exact_log_wealth(counts, mean, side) + np.log(alpha), near, average, xtol=1e-10)


def tallied(differences):
    values, counts = np.unique(differences, return_counts=True)
    return {float(v): int(c) for v, c in zip(values, counts)}


def paths():
    """Wealth after every difference of short sequences, by confseq."""
    random = np.random.default_rng(20240217)
    shapes = {"right or wrong": [-1, 0, 1], "eighths": list(np.arange(-8, 9) / 8), "any value": None}
    for shape, values in shapes.items():
        for mean in (-0.3, -0.1, -0.02, 0.0, 0.25):
            drawn = random.choice(values, 40) if values else np.round(random.uniform(-1, 1, 40), 6)
            differences = [float(d) for d in drawn]
            yield {
                "shape": shape,
                "mean": mean,
                "differences": differences,
                "above": [float(k) for k in confseq_wealth(differences, mean, "above")],
                "below": [float(k) for k in confseq_wealth(differences, mean, "below")],
            }


def intervals():
    """Bounds of samples, most too large for a product of doubles; small ones also by confseq's grid."""
    samples = [
        {-1: 12, 0: 430, 1: 9},
        {-1: 3, 0: 60, 1: 1},
        {0: 20},
        {1: 30},
        {-1: 5, 1: 5},
        {-1: 400, 0: 9000, 1: 600},
        {-1: 20000, 0: 1000, 1: 20000},
        {-0.5: 40, -0.125: 200, 0: 500, 0.125: 180, 0.75: 12},
    ]
    for counts in samples:
        for alpha in (0.05, 0.005):
            row = {
                "counts": [[d, c] for d, c in counts.items()],
                "alpha": alpha,
                "lower": bound(counts, alpha, "above"),
                "upper": bound(counts, alpha, "below"),
                "logWealthAbove": {str(m): exact_log_wealth(counts, m, "above") for m in (-0.1, -0.02, 0.05)},
                "logWealthBelow": {str(m): exact_log_wealth(counts, m, "below") for m in (-0.1, -0.02, 0.05)},
            }
            if sum(counts.values()) < 500:
                row["grid"] = grid_interval(counts, alpha)
            yield row


def grid_interval(counts, alpha, breaks=1000):
    x = (np.repeat(list(counts), list(counts.values())) + 1) / 2
    bounds = []
    for side in ("above", "below"):
        wealth = lambda x, m, side=side: (
            confseq_wealth(2 * x - 1, 2 * m - 1, side) if 0 < m < 1 else np.full(len(x), np.inf)
        )
        with np.errstate(over="ignore"):
            lower, upper = cs_from_martingale(x, wealth, breaks=breaks, alpha=alpha)
        bounds.append(lower[-1] if side == "above" else upper[-1])
    return {"lower": float(2 * bounds[0] - 1), "upper": float(2 * bounds[1] - 1), "step": 2 / breaks}


def proportions():
    for successes, trials in ((0, 1), (1, 1), (0, 20), (20, 20), (97, 100), (5958, 6000), (1, 5000), (12500, 13233)):
        for alpha in (0.05, 0.0125):
            lower = 0.0 if successes == 0 else beta.ppf(alpha, successes, trials - successes + 1)
            upper = 1.0 if successes == trials else beta.ppf(1 - alpha, successes + 1, trials - successes)
            yield {"successes": successes, "trials": trials, "alpha": alpha, "lower": float(lower), "upper": float(upper)}


def tails():
    for n, k, p in ((1, 1, 0.5), (10, 3, 0.2), (2000, 131, 0.05), (2000, 60, 0.05), (6000, 5958, 0.99), (500, 0, 0.1)):
        yield {"n": n, "k": k, "p": p, "tail": float(binom.sf(k - 1, n, p))}


def tables():
    for a, m, b, n in ((1, 1, 0, 19), (3, 5, 1, 100), (1, 5, 1, 5), (2, 2, 1, 3), (40, 100, 210, 900), (0, 5, 3, 5)):
        p_value = fisher_exact([[a, m - a], [b, n - b]], alternative="greater").pvalue
        yield {"candidate": [a, m], "champion": [b, n], "pValue": float(p_value)}


if __name__ == "__main__":
    packages = ("confseq", "numpy", "scipy", "mpmath")
    versions = {p: metadata.version(p) if p != "confseq" else "0.0.11" for p in packages}
    values = {
        "madeWith": {"python": platform.python_version(), **versions},
        "paths": list(paths()),
        "intervals": list(intervals()),
        "proportions": list(proportions()),
        "tails": list(tails()),
        "tables": list(tables()),
    }
    print(json.dumps(values))
