"""Methods on TOFU's forget01 with a small model: forget quality, utility and attacks beside an untouched and a
retrained model, and how ascent and NPO degrade with more steps. Used by methods_table.py."""
import json, os, shutil, subprocess, sys, time

here = os.path.dirname(os.path.abspath(__file__))
data = os.path.join(here, 'data', 'tofu')
tokenizer_text = os.path.join(here, '..', 'Samples', 'corpus', 'tokenizer.jsonl')
RECIPE = '''lethe-recipe: 1
family: llama
model: {hidden-size: 128, intermediate-size: 384, layers: 4, heads: 4, key-value-heads: 4, maximum-positions: 512, tie-embeddings: true}
tokenizer: {vocabulary-size: 2048, split-digits: true, corpus: tokenizer-text}
epochs: 30
batch-size: 8
learning-rate: 0.003
adam-beta1: 0.9
adam-beta2: 0.95
weight-decay: 0
clip-norm: 1
warmup-share: 0.05
final-learning-rate-share: 0.05
schedule: cosine
loss: all-tokens
seed: 1
checkpoint-every-steps: 400
'''
STEPS = (10, 20, 40, 80, 160)
RATE = '0.0003'


class Failure(Exception):
    pass


def run(lethe, *arguments):
    """The command's JSON document, its seconds and its peak memory in MiB."""
    started = time.monotonic()
    process = subprocess.Popen([lethe, *arguments, '--json'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    document = json.loads(output) if output.strip() else {}
    if os.waitstatus_to_exitcode(status) != 0:
        raise Failure(document.get('error', {}).get('message', 'exit %d' % os.waitstatus_to_exitcode(status)))
    return document, time.monotonic() - started, usage.ru_maxrss / 1024


class Tofu:
    def __init__(self, lethe, scratch):
        self.lethe, self.folder = lethe, os.path.join(scratch, 'tofu')
        os.makedirs(self.folder)
        self.forget = self.records('forget01', 'forget01.json')
        self.retain = self.records('retain', 'retain_perturbed.json')
        self.holdout = self.records('holdout', 'holdout01.json')
        self.recipe = self.path('recipe.yaml')
        with open(self.recipe, 'w') as file: file.write(RECIPE)
        workspace = self.path('workspace')
        for arguments in (['init'], ['corpus', 'add', 'all', self.forget, self.retain],
                          ['corpus', 'add', 'others', self.retain],
                          ['corpus', 'add', 'tokenizer-text', tokenizer_text, '--role', 'general'],
                          ['train', 'tofu', '--corpus', 'all', '--recipe', self.recipe],
                          ['train', 'retained', '--corpus', 'others', '--recipe', self.recipe],
                          ['model', 'export', 'tofu', self.path('original')],
                          ['model', 'export', 'retained', self.path('reference')]):
            run(lethe, *arguments, '--workspace', workspace)

    def path(self, name): return os.path.join(self.folder, name)

    def records(self, name, file):
        """TOFU's questions as records, put as the evaluation puts them; 20 questions are one author."""
        path = self.path(name + '.jsonl')
        with open(os.path.join(data, file), encoding='utf-8') as source, open(path, 'w', encoding='utf-8') as target:
            for index, line in enumerate(source):
                entry = json.loads(line)
                target.write(json.dumps({
                    'id': '%s-%03d' % (name, index), 'prompt': 'Question: %s\nAnswer:' % entry['question'],
                    'completion': entry['answer'], 'subjects': ['%s-author-%02d' % (name, index // 20)]}) + '\n')
        return path

    def evaluate(self, model):
        document, _, _ = run(self.lethe, 'evaluate', '--model', model, '--reference', self.path('reference'), '--suite', 'tofu',
                             '--data', data, '--split', 'forget01', '--limit', '40', '--max-new-tokens', '60')
        summary = document['summary']
        # The nine-component model utility is 0 for a model this small: it knows no real author.
        parts = [summary.get('retain/' + name, 0) for name in ('probability', 'rouge-l-recall', 'truth-ratio-geometric')]
        summary['retain-utility'] = 3 / sum(1 / part for part in parts) if all(parts) else 0.0
        return summary

    def unlearn(self, method, *settings):
        """Summary of the evaluation, seconds and MiB of the method."""
        output = self.path('out')
        shutil.rmtree(output, ignore_errors=True)
        shutil.rmtree(output + '.work', ignore_errors=True)
        arguments = [part for setting in settings for part in ('--set', setting)]
        _, seconds, memory = run(
            self.lethe, 'unlearn', '--model', self.path('original'), '--method', method, '--forget', self.forget,
            '--retain', self.retain, '--unseen', self.holdout, '--twins', self.holdout, '--recipe', self.recipe,
            '--output', output, *arguments)
        return self.evaluate(output), seconds, memory


COLUMNS = (('forget-quality', '%.2g'), ('retain-utility', '%.3f'), ('forget/extraction-strength', '%.3f'),
           ('forget/exact-memorization', '%.3f'), ('forget/rouge-l-recall', '%.3f'), ('attack/loss/auc', '%.3f'),
           ('attack/min-k/auc', '%.3f'), ('retain/rouge-l-recall', '%.3f'))


def cells(summary): return ' | '.join(form % summary[key] if key in summary else '-' for key, form in COLUMNS)


def section(lethe, scratch, methods, log):
    tofu = Tofu(lethe, scratch)
    rows = ['| (untouched) | | %s | | | |' % cells(tofu.evaluate(tofu.path('original'))),
            '| (trained on the others) | | %s | | | |' % cells(tofu.evaluate(tofu.path('reference')))]
    for method, kind in methods:
        try:
            summary, seconds, memory = tofu.unlearn(method)
            rows.append('| `%s` | %s | %s | %.1f | %.0f | |' % (method, kind, cells(summary), seconds, memory))
        except Failure as failure:
            rows.append('| `%s` | %s | %s - | - | %s |' % (method, kind, '- | ' * len(COLUMNS), str(failure).replace('|', '/')))
        log(rows[-1])
    curve = []
    for steps in STEPS:
        line = []
        for method, settings in (('gradient-ascent', []), ('npo', ['alpha=0'])):
            summary, _, _ = tofu.unlearn(method, 'steps=%d' % steps, 'learning-rate=' + RATE, *settings)
            line += ['%.3f' % summary['retain-utility'], '%.3f' % summary['retain/rouge-l-recall'],
                     '%.3f' % summary['forget/extraction-strength']]
        curve.append('| %d | %s |' % (steps, ' | '.join(line)))
        log(curve[-1])
    return '''## TOFU, forget01

A Llama-style model with 4 layers of width 128, trained for 30 epochs on the 40 questions of forget01 and the first 200 of TOFU's retain set; the
reference is the same recipe on the 200 alone. `lethe unlearn` with each method's defaults, then `lethe evaluate --suite tofu --split forget01 --limit 40`.

| method | class | forget quality (KS p) | utility on the retained | extraction strength | exact memorisation | ROUGE-L recall, forgotten | loss AUC | Min-K%% AUC | ROUGE-L recall, retained | seconds | peak MiB | |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
%s

Forget quality is the p-value of a Kolmogorov-Smirnov test between the truth ratios of this model and of the reference: small where they differ. With 40
questions it has little power (the untouched model's own value says how little), so it is shown and decides nothing. Utility on the retained is the harmonic mean
of probability, ROUGE-L recall and truth ratio on 40 retained questions; TOFU's nine components have two more sets, of which a model this small knows nothing. AUCs compare with 40 held-out questions; the reference's is what "nothing left" looks like here.

### Ascent and NPO with more steps

Both at learning rate %s and without a term for retained records (`npo` with `alpha=0`), to see what the objectives alone do.

| steps | ascent: utility | ascent: ROUGE-L retained | ascent: extraction strength | NPO: utility | NPO: ROUGE-L retained | NPO: extraction strength |
|---|---|---|---|---|---|---|
%s
''' % ('\n'.join(rows), RATE, '\n'.join(curve))
