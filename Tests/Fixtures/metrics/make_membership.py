"""Reference values for the membership attacks' statistics and formulas. Needs numpy, scipy, scikit-learn.
Usage: make_membership.py   (writes membership.json here)

DeLong's variance is computed twice, by the O(n log n) midranks of Sun & Xu 2014 and by all pairs; the two must agree.
Rates are those of sklearn.metrics.roc_curve: the largest true-positive rate with a false-positive rate within the limit."""
import json, math, os
import numpy as np, scipy, sklearn
from scipy.stats import norm, rankdata
from sklearn.metrics import roc_auc_score, roc_curve

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20261122)


def delong(x, y):
    m, n = len(x), len(y)
    both = rankdata(np.concatenate([x, y]))
    v10 = (both[:m] - rankdata(x)) / n
    v01 = 1 - (both[m:] - rankdata(y)) / m
    fast = (both[:m].sum() - m * (m + 1) / 2) / (m * n), v10.var(ddof=1) / m + v01.var(ddof=1) / n
    psi = (x[:, None] > y[None]) + .5 * (x[:, None] == y[None])
    slow = psi.mean(), psi.mean(1).var(ddof=1) / m + psi.mean(0).var(ddof=1) / n
    assert np.allclose(fast, slow, rtol=1e-12, atol=1e-15)
    return fast


curves = []
for m, n, shift, digits in ((6, 40, .5, 1), (2, 3, 0, 1), (40, 120, 1, 1), (30, 30, -.5, 3), (50, 1000, 1.5, 2)):
    x, y = rng.normal(shift, 1, m).round(digits), rng.normal(0, 1, n).round(digits)
    label, score = np.r_[np.ones(m), np.zeros(n)], np.r_[x, y]
    area, variance = delong(x, y)
    assert abs(area - roc_auc_score(label, score)) < 1e-12
    reach = norm.ppf(.975) * math.sqrt(variance)
    fpr, tpr, _ = roc_curve(label, score, drop_intermediate=False)
    rates = [dict(limit=l, rate=float(tpr[fpr <= l + 1e-12].max()) if int(l * n + 1e-9) >= 1 else None)
             for l in (.001, .01, .05, .2)]
    curves.append(dict(members=x.tolist(), nonMembers=y.tolist(), area=float(area), variance=float(variance),
                       low=max(0., area - reach), high=min(1., area + reach), rates=rates,
                       curve=[[float(a), float(b)] for a, b in zip(fpr, tpr)]))

quantiles = [dict(p=p, x=float(norm.ppf(p))) for p in (1e-12, 1e-6, .005, .025, .3, .5, .8, .95, .975, .9999999)]

lira = []
for records, models in ((5, 2), (4, 8), (3, 64)):
    p, out = rng.uniform(.2, .95, records), rng.uniform(.1, .7, (records, models))
    phi, phi_out = np.log(p / (1 - p)), np.log(out / (1 - out))
    sigma = phi_out.std(axis=1, ddof=1) if models >= 64 else np.sqrt((phi_out.std(axis=1, ddof=1) ** 2).mean())
    lira.append(dict(own=phi.tolist(), out=phi_out.tolist(), scores=((phi - phi_out.mean(1)) / sigma).tolist()))

dcpdd = []
for length in (1, 7, 30):
    ids = rng.integers(0, 12, length)
    counts = {int(k): int(v) for k, v in zip(range(10), rng.integers(0, 50, 10))}      # ids 10, 11 never occur
    logp = np.log(rng.uniform(1e-4, 1, length))
    total = sum(counts.values())
    seen, terms = set(), []
    for i, l in zip(ids, logp):
        if i in seen:
            continue
        seen.add(int(i))
        terms.append(min(-math.exp(l) * math.log((counts.get(int(i), 0) + 1) / (total + 16)), .01))
    dcpdd.append(dict(ids=ids.tolist(), logProbabilities=logp.tolist(), vocabularySize=16,
                      counts=[counts.get(k, 0) for k in range(16)], score=float(np.mean(terms))))

json.dump(dict(curves=curves, quantiles=quantiles, lira=lira, dcpdd=dcpdd),
          open(os.path.join(here, 'membership.json'), 'w'), indent=0)
print('numpy', np.__version__, 'scipy', scipy.__version__, 'scikit-learn', sklearn.__version__)
