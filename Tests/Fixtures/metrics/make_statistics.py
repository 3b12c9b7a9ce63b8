"""Reference values for the tests of Verification. Needs scipy, numpy, rouge_score, nltk.
Usage: make_statistics.py   (writes statistics.json, rouge_unstemmed.json, porter_stems.json here)"""
import json, os, random
import numpy as np, scipy
from scipy.stats import beta, binomtest, mannwhitneyu
from scipy.special import betainc
from rouge_score import rouge_scorer, tokenize
from nltk.stem import porter

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20261121)
quantiles = [dict(p=p, a=a, b=b, x=float(beta.ppf(p, a, b)))
             for p in (.001, .025, .5, .975, .999)
             for a, b in ((.5, .5), (1, 1), (1, 199), (2, 5), (16, 1), (40.5, 160), (2500, 2500), (13, 4987))]
distribution = [dict(x=x, a=a, b=b, value=float(betainc(a, b, x)))
                for x in (.001, .1, .37, .5, .9, .999)
                for a, b in ((.5, .5), (1, 3), (8, 10), (150, 50), (2, 4998))]
proportions = []
for k, n in ((0, 199), (1, 199), (5, 16), (16, 16), (0, 8), (99, 199), (25, 4999), (4999, 4999), (6, 8)):
    for c in (.95, .99):
        i = binomtest(k, n).proportion_ci(confidence_level=c, method='exact')
        proportions.append(dict(successes=k, trials=n, confidence=c, low=float(i.low), high=float(i.high)))
areas = []
for n, m in ((6, 40), (1, 7), (20, 20), (3, 100)):
    a, b = rng.normal(.4, 1, n).round(1), rng.normal(0, 1, m).round(1)      # one decimal: ties
    u = mannwhitneyu(a, b, alternative='two-sided').statistic
    areas.append(dict(members=a.tolist(), nonMembers=b.tolist(), auc=float(u / n / m)))
json.dump(dict(quantiles=quantiles, distribution=distribution, proportions=proportions, areas=areas),
          open(os.path.join(here, 'statistics.json'), 'w'), indent=0)

rows = json.load(open(os.path.join(here, 'rouge_pairs.json')))['rows']
scorer = rouge_scorer.RougeScorer(['rougeL'], use_stemmer=False)
out = []
words = set()
stemmer = porter.PorterStemmer()
for r in rows:
    s = scorer.score(r['gt'], r['gen'])['rougeL']
    out.append([s.precision, s.recall, s.fmeasure])
    words |= {w for t in (r['gt'], r['gen']) for w in tokenize.tokenize(t, None) if len(w) > 3}
json.dump(out, open(os.path.join(here, 'rouge_unstemmed.json'), 'w'))
words |= set("""relational conditional rational valenci hesitanci digitizer conformabli radicalli differentli vileli
analogousli vietnamization predication operator feudalism decisiveness hopefulness callousness formaliti sensitiviti
sensibiliti triplicate formative formalize electriciti electrical hopeful goodness revival allowance inference airliner
gyroscopic adjustable defensible irritant replacement adjustment dependent adoption homologou communism activate
angulariti homologous effective bowdlerize probate cease controll roll died spied flies skies dying news innings hopping
falling hissing fizzed failing filing conflated troubled sized caresses ponies ties caress cats feed agreed plastered
bled motoring sing happy enjoy enjoyment geology archaeology theology carefully generally optionally traditionally
proceed exceed succeed spying tried trying lies owned being used using aging owed egging""".split())
json.dump({w: stemmer.stem(w) for w in sorted(words)}, open(os.path.join(here, 'porter_stems.json'), 'w'), indent=0)
import nltk, importlib.metadata as m
print('scipy', scipy.__version__, 'numpy', np.__version__, 'rouge_score', m.version('rouge_score') if True else '', 'nltk', nltk.__version__)
