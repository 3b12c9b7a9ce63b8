#!/usr/bin/env python3
"""How often the gate is right, on the sample model trained with several seeds, as a table.

usage: calibration.py [--lethe FILE] [--seeds N] [--persons N] [--only sample|tofu] [--output FILE]

For each seed the sample model is trained anew and `lethe calibrate` is run in its workspace: single people and groups of 3 and
10, untouched and exactly retrained, and single people removed by the approximate methods of the default policy. Then the same for 20 of TOFU's authors, whose records are free text without
typed values, on the model of tofu_table.py. Needs python3 alone; takes about 15 minutes a seed on two cores."""
import argparse, datetime, glob, json, os, platform, shutil, subprocess, sys, tempfile

from tofu_table import RECIPE

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
corpus = os.path.join(root, 'Samples', 'corpus')
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('--lethe', default=os.path.join(root, '.build', 'release', 'lethe'))
parser.add_argument('--seeds', type=int, default=2)
parser.add_argument('--persons', type=int, default=20, help='people of each seed, a multiple of 10')
parser.add_argument('--method-persons', type=int, default=10, help='people removed by each approximate method')
parser.add_argument('--output', help='a Markdown file; default: standard output')
parser.add_argument('--only', choices=('sample', 'tofu'), help='one of the two parts')
options = parser.parse_args()
METHODS = ('npo', 'shrink-refit')


def lethe(workspace, *arguments):
    done = subprocess.run([options.lethe, *arguments, '--json', '--workspace', workspace], stdout=subprocess.PIPE, text=True)
    if done.returncode: sys.exit('lethe %s ended with %d' % (' '.join(arguments), done.returncode))
    return json.loads(done.stdout)


def calibrate(seed, scratch):
    workspace = os.path.join(scratch, 'seed-%d' % seed)
    lethe(workspace, 'init')
    shards = sorted(glob.glob(os.path.join(corpus, 'people-*.jsonl'))) + [os.path.join(corpus, 'general.jsonl')]
    lethe(workspace, 'corpus', 'add', 'people', *shards)
    lethe(workspace, 'corpus', 'add', 'tokenizer-text', os.path.join(corpus, 'tokenizer.jsonl'), '--role', 'general')
    for name, file in (('controls', 'controls'), ('twins', 'twins')):
        lethe(workspace, 'corpus', 'add', name, os.path.join(corpus, file + '.jsonl'), '--role', file, '--for', 'people')
    recipe = os.path.join(scratch, 'recipe.yaml')
    with open(os.path.join(root, 'Samples', 'recipe.yaml'), encoding='utf-8') as source, open(recipe, 'w') as target:
        target.write('\n'.join('seed: %d' % seed if line.startswith('seed:') else line for line in source.read().split('\n')))
    lethe(workspace, 'train', 'assistant', '--corpus', 'people', '--recipe', recipe)
    chosen = [part for method in METHODS for part in ('--method', method)]
    report = lethe(workspace, 'calibrate', 'assistant', '--persons', str(options.persons), '--seed', str(seed),
                   '--method-persons', str(options.method_persons), *chosen)
    shutil.rmtree(workspace)
    return report



def tofu_authors(scratch):
    """The first 20 authors of TOFU's retain set, 20 questions each; forget10's 20 authors were never trained on."""
    workspace = os.path.join(scratch, 'tofu')
    def shard(name, file):
        path = os.path.join(scratch, name + '.jsonl')
        with open(os.path.join(here, 'data', file), encoding='utf-8') as source, open(path, 'w', encoding='utf-8') as target:
            for index, line in enumerate(source):
                entry = json.loads(line)
                target.write(json.dumps({
                    'id': '%s-%03d' % (name, index), 'prompt': 'Question: %s\nAnswer:' % entry['question'],
                    'completion': entry['answer'], 'subjects': ['%s-author-%02d' % (name, index // 20)]}) + '\n')
        return path
    recipe = os.path.join(scratch, 'tofu.yaml')
    with open(recipe, 'w') as file: file.write(RECIPE)
    lethe(workspace, 'init')
    lethe(workspace, 'corpus', 'add', 'authors', shard('retain', 'retain90-first-400.jsonl'))
    lethe(workspace, 'corpus', 'add', 'controls', shard('forget', 'forget10.jsonl'), '--role', 'controls', '--for', 'authors')
    lethe(workspace, 'corpus', 'add', 'tokenizer-text', os.path.join(corpus, 'tokenizer.jsonl'), '--role', 'general')
    lethe(workspace, 'train', 'tofu', '--corpus', 'authors', '--recipe', recipe)
    return lethe(workspace, 'calibrate', 'tofu', '--persons', '20')['rows']


def interval(passed, total):
    """95 % Clopper-Pearson, by bisection on the binomial distribution."""
    from math import comb
    def tail(p, low): return sum(comb(total, k) * p**k * (1 - p)**(total - k) for k in (range(passed, total + 1) if low else range(passed + 1)))
    def solve(low):
        a, b = 0.0, 1.0
        for _ in range(60):
            middle = (a + b) / 2
            if (tail(middle, low) < .025) == low: a = middle
            else: b = middle
        return (a + b) / 2
    return (0.0 if passed == 0 else solve(True), 1.0 if passed == total else solve(False))


def line(treatment, size, row):
    low, high = interval(row['passed'], row['verdicts'])
    checks = ', '.join('%s %d' % item for item in sorted(row['checks'].items(), key=lambda p: (-p[1], p[0]))) or '-'
    return '| %s | %d | %d of %d | %.3f | %.3f - %.3f | %d | %s |' % (
        treatment, size, row['passed'], row['verdicts'], row['passed'] / row['verdicts'], low, high, row['open'], checks)


def table(reports):
    """All reports' rows together, one line a treatment and group size."""
    rows = {}
    for report in reports:
        for row in report:
            total = rows.setdefault((row['treatment'], row['groupSize']), {'verdicts': 0, 'passed': 0, 'open': 0, 'checks': {}})
            total['verdicts'] += row['verdicts']
            total['passed'] += row['passed']
            total['open'] += row['couldNotCheck']
            for check, count in row['failedChecks'].items(): total['checks'][check] = total['checks'].get(check, 0) + count
    head = ['| treatment | people together | passed | share | 95 % | could not check | checks that did not pass, and how often |',
            '|---|---|---|---|---|---|---|']
    return '\n'.join(head + [line(*key, row) for key, row in rows.items()])


def sample_text(scratch):
    reports = []
    for seed in range(1, options.seeds + 1):
        reports.append(calibrate(seed, scratch)['rows'])
        print(json.dumps(reports[-1]), file=sys.stderr, flush=True)
    return '''# How often the gate is right

Made by `make calibration` on %s (%s, %d threads): the sample model (`Samples/recipe.yaml`) trained with %d seeds, %d other people each, the default
policy. *Untouched* is the model before anything was done and must never pass. *Retrained* was trained without ten people at a time, each of whom is then
judged alone and in groups; a correct deletion fails by chance in about one of twenty cases by design (alpha .05 over all checks). The methods are those of
the default policy with their defaults, on single people.

%s

Verdicts of one group share a model and the pooled check and are not independent; the intervals (Clopper-Pearson) take them as if they were. People who
were deleted together share one retrained model too. One person's few values can only show large residues: what a pass does not prove stands in
[Gate.md](Gate.md).
''' % (datetime.date.today().isoformat(), platform.machine(), os.cpu_count(), options.seeds, options.persons, table(reports))


def tofu_text(scratch):
    return '''
## Free text: TOFU's authors

Made by `Benchmarks/calibration.py --only tofu` on %s: 20 authors of TOFU's retain set, 20 questions each, learned by heart by a model with 4 layers of width 128;
20 other authors were never trained on. Nothing in these records is declared as a typed value, so nobody's value can be exchanged for a twin's, and the
test that a removal rests on cannot be made: no verdict can be "passed", whatever was done to the model. Lethe says so instead of judging by the checks that
remain. Who wants people in free text verified declares their values (`metadata.values`), and gives twins.

%s
''' % (datetime.date.today().isoformat(), table([tofu_authors(scratch)]))


def main():
    scratch = tempfile.mkdtemp(prefix='lethe-calibration-')
    text = ''.join(make(scratch) for name, make in (('sample', sample_text), ('tofu', tofu_text)) if options.only in (None, name))
    shutil.rmtree(scratch, ignore_errors=True)
    if options.output:
        with open(options.output, 'w') as file: file.write(text)
    else:
        sys.stdout.write(text)


main()
