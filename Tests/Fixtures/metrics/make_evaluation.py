"""Reference values for the evaluation suites and the divergences: the whole protocol of the suite `tofu`
once more with PyTorch, scipy and rouge_score, on stories260K and the invented questions in tofu-tiny.
Needs torch, transformers, scipy, numpy, rouge_score.
Usage: make_evaluation.py   (writes tofu-tiny/*.json, evaluation.json, divergences.json here)

Tokens: the longest piece of vocabulary.json that fits, else the byte's own token; 1 begins, 2 ends.
The reference model is the model with its last norm's weights divided by four."""
import json, os
import numpy as np, torch
from scipy.special import rel_entr, log_softmax
from scipy.spatial.distance import jensenshannon
from scipy.stats import hmean, ks_2samp, mannwhitneyu
from rouge_score import rouge_scorer
from transformers import LlamaForCausalLM

here = os.path.dirname(os.path.abspath(__file__))
models = os.path.join(here, '..', 'models', 'stories260K')
torch.set_num_threads(1)

# Two tables of logits and what scipy says of their distributions.
rng = np.random.default_rng(20261121)
cases = []
for size, scale in ((2, 1), (8, 2), (50, 5), (500, 9)):
    a, b = rng.normal(0, scale, size), rng.normal(0, scale, size)
    p, q = np.exp(log_softmax(a)), np.exp(log_softmax(b))
    cases.append(dict(p=log_softmax(a).tolist(), q=log_softmax(b).tolist(),
                      kl=float(rel_entr(p, q).sum()), js=float(jensenshannon(p, q) ** 2)))
json.dump(cases, open(os.path.join(here, 'divergences.json'), 'w'), indent=0)

def entry(q, a, para=None, wrong=(), asked=None):
    e = dict(question=q, answer=a)
    if para: e.update(paraphrased_answer=para, paraphrased_question=asked or q)
    if wrong: e['perturbed_answer'] = list(wrong)
    return e

once = 'Once upon a time, there was a little girl named Lily.'
forget = [
    entry(once, 'She loved to play outside in the park.', 'Lily liked the park and played there a lot.',
          ['She loved to sleep inside the house.', 'She hated to play outside in the rain.', 'She had a big red car.'],
          'There was a little girl named Lily once.'),
    entry('One day, Lily saw a big, red ball.', 'She wanted to play with it.', 'Lily thought it would be fun to play with the ball.',
          ['She ran away from it.', 'She gave it to the dog.', 'She wanted to eat it.'], 'Lily saw a ball that was red.'),
    entry('Tim had a toy car.', 'He played with the car every day, but it was too small for the road.', 'Every day Tim drove his toy.',
          ['He lost the car in the sea.', 'He sold the car to his mom.', 'He broke the car with a rock.'], 'Tim had a car, a toy.'),
    entry('The cat sat on a mat.', 'It was very happy.', 'The cat felt good there.',
          ['It was very sad.', 'It was so big.', 'It was in the tree.'], 'On a mat sat the cat.'),
]
retain = [
    entry('Tom and his mom went to the park.', 'They saw a big tree.', 'There was a tree, and it was big.',
          ['They saw a small fish.', 'They went home.', 'They had a cake.']),
    entry('The dog ran to the boy.', 'The boy was happy to see the dog.', 'To see the dog made the boy happy.',
          ['The boy was sad to see the dog.', 'The boy ran away.', 'The boy said no.']),
]
authors = [entry('The bird said to the frog,', '"What do you want?"', None, ['"Go away!"', '"I am sad."', '"You are big."']),
           entry('Who loved to play?', 'Lily', None, ['Zorbo', 'Quix', 'The king'])]
facts = [entry('The sun is in the', 'sky', None, ['sea', 'box', 'car']),
         entry('The fish is in the', 'water. He likes to swim.', None, ['tree.', 'bed. He likes to sing.', 'box.'])]
holdout = [entry('Ben went to the shop.', 'He got some bread.'), entry('The moon was up.', 'A fox came out of the wood.'),
           entry('Sue has a kite.', 'It is in the sky.')]
lines = lambda items: ''.join(json.dumps(i) + '\n' for i in items)
folder = os.path.join(here, 'tofu-tiny')
def write(name, text): open(os.path.join(folder, name), 'w').write(text)
write('forget01.json', lines([dict(question=e['question'], answer=e['answer']) for e in forget]))
write('forget01_perturbed.json', lines(forget))
write('retain_perturbed.json', lines(retain))
write('real_authors_perturbed.json', json.dumps(authors, indent=1) + '\n')
write('world_facts_perturbed.json', lines(facts))
write('holdout01.json', lines(holdout))

pieces = json.load(open(os.path.join(models, 'vocabulary.json')))['pieces']
table = {p: i for i, p in enumerate(pieces) if i >= 259}
longest = max(map(len, table))
def encode(text):
    ids, i = [], 0
    while i < len(text):
        for n in range(min(longest, len(text) - i), 0, -1):
            if text[i:i + n] in table:
                ids.append(table[text[i:i + n]]); i += n; break
        else:
            ids += [b + 3 for b in text[i].encode()]; i += 1
    return ids
def decode(ids):
    out = b''
    for i in ids:
        out += bytes([i - 3]) if 3 <= i < 259 else pieces[i].encode() if i >= 259 else b''
    return out.decode('utf-8', 'replace')

model = LlamaForCausalLM.from_pretrained(models, dtype=torch.float32).eval()
flattened = LlamaForCausalLM.from_pretrained(models, dtype=torch.float32).eval()
with torch.no_grad(): flattened.model.norm.weight.mul_(.25)

def logp(m, question, answer):
    prompt = [1] + encode(question)
    ids = prompt + encode(' ' + answer) + [2]
    with torch.no_grad(): rows = m(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    return rows[len(prompt) - 1:-1], ids[len(prompt):]
def scores(m, q, a):
    rows, target = logp(m, q, a)
    return np.array([rows[i, t].item() for i, t in enumerate(target)]), [int(rows[i].argmax()) == t for i, t in enumerate(target)]
def nll(m, q, a): return -scores(m, q, a)[0].mean()
def greedy(m, q, limit=40):
    ids = [1] + encode(q); start = len(ids)
    while len(ids) - start < limit:
        with torch.no_grad(): t = int(m(torch.tensor([ids])).logits[0, -1].argmax())
        if t == 2: break
        ids.append(t)
    return decode(ids[start:])
rouge = rouge_scorer.RougeScorer(['rougeL'], use_stemmer=True)
recall = lambda ref, gen: rouge.score(ref, gen)['rougeL'].recall

def one(m, e, generates=True):
    q, a = e['question'], e['answer']
    lp, hit = scores(m, q, a)
    para = nll(m, q, e.get('paraphrased_answer', a))
    wrong = np.array([nll(m, q, w) for w in e['perturbed_answer']])
    body = hit[:-1]
    tail = 0
    while tail < len(body) and body[-1 - tail]: tail += 1
    c, w = np.exp(-para), np.exp(-wrong.mean())
    v = {'probability': np.exp(lp.mean()), 'exact-memorization': np.mean(body), 'extraction-strength': tail / len(body),
         'truth-ratio-arithmetic': np.exp(-wrong).mean() / c, 'truth-ratio-geometric': w / (c + 1e-10),
         'truth-ratio-probability': c / (c + w + 1e-10)}
    text = greedy(m, q) if generates else None
    if generates: v['rouge-l-recall'] = recall(a, text)
    if 'paraphrased_answer' in e:
        v['paraphrase-probability'] = c
        if generates: v['paraphrase-rouge'] = recall(e['paraphrased_answer'], text)
    else:
        p = np.exp(-para); v['choice-probability'] = p / (p + np.exp(-wrong).sum() + 1e-10)
    return {k: float(x) for k, x in v.items()}

sets = {'forget': forget, 'retain': retain, 'real-authors': authors, 'world-facts': facts}
examples = {name: [one(model, e) for e in items] for name, items in sets.items()}
summary = {}
better = lambda r: np.maximum(0, 1 - r).mean()
closer = lambda r, eps=1e-10: np.minimum(r, 1 / (r + eps)).mean()
for name, items in examples.items():
    for k in items[0]:
        x = np.array([i[k] for i in items])
        if k in ('truth-ratio-arithmetic', 'truth-ratio-geometric'): x = closer(x) if name == 'forget' else better(x)
        summary[f'{name}/{k}'] = float(np.mean(x))
for key, form in (('model-utility', 'geometric'), ('model-utility/arithmetic', 'arithmetic')):
    nine = [summary[f'{s}/{k}'] for s, p in (('retain', 'probability'), ('real-authors', 'choice-probability'), ('world-facts', 'choice-probability'))
            for k in (p, 'rouge-l-recall', f'truth-ratio-{form}')]
    summary[key] = float(hmean(nine)) if min(nine) > 0 else 0.0
summary['open-unlearning/memorization'] = float(hmean([1 - summary['forget/' + k] for k in
    ('extraction-strength', 'exact-memorization', 'paraphrase-probability', 'truth-ratio-probability')]))
refs = [one(flattened, e, False) for e in forget]
r1, r2 = ([e['truth-ratio-geometric'] for e in x] for x in (examples['forget'], refs))
ks = ks_2samp(r1, r2, method='exact')
summary['forget-quality'], summary['forget-quality/statistic'] = float(ks.pvalue), float(ks.statistic)
summary['forget-quality/effect-size'] = float(2 * mannwhitneyu(r1, r2).statistic / len(r1) / len(r2) - 1)
summary['forget-quality/statistic-upper-bound'] = float(min(1, ks.statistic + 2 * np.sqrt(np.log(80) / 8)))
for form in ('arithmetic', 'geometric'):
    summary[f'reference/forget/truth-ratio-{form}'] = float(closer(np.array([e[f'truth-ratio-{form}'] for e in refs])))
kl, js = [], []
for e in forget:
    p, q = (logp(m, e['question'], e['answer'])[0].exp().numpy() for m in (model, flattened))
    kl += rel_entr(q, p).sum(-1).tolist(); js += (jensenshannon(p, q, axis=-1) ** 2).tolist()
summary['forget/kl-divergence'], summary['forget/js-divergence'] = float(np.mean(kl)), float(np.mean(js))
def area(m, score):
    a, b = ([score(scores(m, e['question'], e['answer'])[0]) for e in x] for x in (forget, holdout))
    return float(mannwhitneyu(a, b).statistic / len(a) / len(b))
mink = lambda lp: np.sort(lp[:-1])[:max(1, int(.2 * (len(lp) - 1)))].mean()
close = []
for name, score in (('loss', np.mean), ('min-k', mink)):
    a, b = area(model, score), area(flattened, score)
    summary[f'attack/{name}/auc'], summary[f'reference/attack/{name}/auc'] = a, b
    close.append(1 - abs(a - b) / max(b, 1 - b))
summary['open-unlearning/privacy'] = float(hmean(close)) if min(close) > 0 else 0.0
asked = {'paraphrase-probability': float(np.mean([np.exp(-nll(model, e['paraphrased_question'], e['paraphrased_answer'])) for e in forget])),
         'paraphrase-rouge': float(np.mean([recall(e['paraphrased_answer'], greedy(model, e['paraphrased_question'])) for e in forget]))}
json.dump(dict(examples=examples, summary=summary, asked=asked), open(os.path.join(here, 'evaluation.json'), 'w'), indent=1)
print(json.dumps(summary, indent=1)); print(asked)
for e in forget: print(greedy(model, e['question'])[:90])
