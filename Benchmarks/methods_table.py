#!/usr/bin/env python3
"""Every method on the sample people, through the whole path to the gate, as a table.

usage: methods_table.py [--lethe FILE] [--persons N] [--output FILE] [METHOD ...]

Trains the sample model once, with a journal so that replay can take part, and then deletes each person with each method
in a copy of the workspace of its own. What the table shows is the gate's: which checks failed, and the figures they rest
on. Then the same methods on TOFU's forget01. Needs python3 alone; takes about fifteen seconds for each person and method on two
cores."""
import argparse, datetime, glob, json, math, os, platform, shutil, subprocess, sys, tempfile

import sample_people
import tofu_table

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
corpus = os.path.join(root, 'Samples', 'corpus')
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('--lethe', default=os.path.join(root, '.build', 'release', 'lethe'))
parser.add_argument('--persons', type=int, default=3, help='people deleted by each method, one at a time')
parser.add_argument('--output', help='a Markdown file; default: standard output')
parser.add_argument('methods', nargs='*')
options = parser.parse_args()
scratch = tempfile.mkdtemp(prefix='lethe-methods-')
# Peak memory of the last command, MiB.
peak = 0


def lethe(workspace, *arguments, allowed=(0,)):
    """Runs the command; returns its JSON document."""
    global peak
    with tempfile.TemporaryFile('w+') as errors:
        process = subprocess.Popen([options.lethe, *arguments, '--json', '--workspace', workspace], stdout=subprocess.PIPE,
                                   stderr=errors, text=True)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        peak = usage.ru_maxrss / 1024
        if os.waitstatus_to_exitcode(status) not in allowed:
            errors.seek(0)
            sys.exit('lethe %s ended with %d:\n%s' % (
                ' '.join(arguments), os.waitstatus_to_exitcode(status), errors.read()[-2000:]))
    return json.loads(output) if output.strip() else {}


def prepare(name, section):
    workspace = os.path.join(scratch, name)
    lethe(workspace, 'init')
    shards = sorted(glob.glob(os.path.join(corpus, 'people-*.jsonl'))) + [os.path.join(corpus, 'general.jsonl')]
    lethe(workspace, 'corpus', 'add', 'people', *shards)
    for name, file, role in (('tokenizer-text', 'tokenizer', 'general'), ('never-trained', 'controls', 'controls'),
                             ('twins', 'twins', 'twins')):
        served = [] if role == 'general' else ['--for', 'people']
        lethe(workspace, 'corpus', 'add', name, os.path.join(corpus, file + '.jsonl'), '--role', role, *served)
    recipe = os.path.join(scratch, name + '.yaml')
    with open(os.path.join(root, 'Samples', 'recipe.yaml'), encoding='utf-8') as source, open(recipe, 'w') as target:
        target.write(source.read() + '\n' + section + '\n')
    lethe(workspace, 'train', 'assistant', '--corpus', 'people', '--recipe', recipe)
    return workspace


def measurement(report, check, name):
    for item in report['checks']:
        if item['id'] == check:
            for value in item['measurements']:
                if value['name'] == name: return value.get('value')
    return None


def delete(base, method, subject, values):
    """One person deleted by one method: the gate's report, facts of the run, its peak memory."""
    memory = 0
    workspace = os.path.join(scratch, 'case')
    shutil.rmtree(workspace, ignore_errors=True)
    shutil.copytree(base, workspace)
    request = os.path.join(scratch, 'request.json')
    with open(request, 'w') as file:
        json.dump({'lethe': 1, 'id': 'table-' + subject, 'receivedAt': '2026-11-16T10:00:00Z', 'regime': 'gdpr-eu',
                   'subject': {'identifiers': [{'type': 'email', 'value': values['email'], 'format': 'raw'}]}}, file)
    taken = lethe(workspace, 'intake', request)
    case = taken['items'][0]['cases'][0]
    # Step by step: `run` would go on with the policy's other methods where this one fails.
    for _ in range(4):
        state = lethe(workspace, 'case', 'show', case)['case']['state']
        if state in ('verified', 'failed-verification'): break
        lethe(workspace, 'case', 'advance', case, *(['--method', method] if state == 'scoped' else []), allowed=(0, 2))
        if state == 'scoped': memory = peak
    shown = lethe(workspace, 'case', 'show', case)
    return shown['report'], shown['case']['progress']['unlearning']['lineageFacts'], memory


def exposure(p, twins):
    """log2 of how many were compared, less log2 of the person's rank among them; p is rank / number."""
    return None if p is None else -math.log2(max(p, 1 / (twins + 1)))


def main():
    base = prepare('base', 'replay: {checkpoint-every-steps: 100, disk-budget-mb: 200}')
    known = lethe(base, 'methods')
    names = options.methods or [m['id'] for m in known['items']]
    classes = {m['id']: m['methodClass'] for m in known['items']}
    rows = []
    chosen = sample_people.chosen(options.persons)
    for method in names:
        passed, failed, figures, seconds, memories = 0, {}, [], [], []
        start = prepare('sharded', 'sisa: {shards: 2, slices: 3}') if method == 'sisa' else base
        for subject, values in chosen:
            report, facts, memory = delete(start, method, subject, values)
            open_checks = [c['id'] for c in report['checks'] if c['outcome'] != 'passed']
            passed += not open_checks
            for check in open_checks: failed[check] = failed.get(check, 0) + 1
            figures.append([measurement(report, 'forget-values', 'p-low'), measurement(report, 'forget-values', 'p-high'),
                            exposure(measurement(report, 'forget-values', 'p-low'), report['twinCount']),
                            measurement(report, 'memorization-ceiling', 'extraction-strength'),
                            measurement(report, 'memorization-ceiling', 'exact-memorization'),
                            measurement(report, 'attack-loss', 'auc'),
                            measurement(report, 'attack-relearning', 'p-low'),
                            measurement(report, 'maintain', 'whole-record-ratio'),
                            measurement(report, 'maintain', 'perplexity-ratio')])
            seconds.append(float(facts['wallSeconds']))
            memories.append(memory)
        def mean(column):
            found = [row[column] for row in figures if row[column] is not None]
            return '%.3f' % (sum(found) / len(found)) if found else '-'
        reasons = ', '.join('%s %d' % (k, v) for k, v in sorted(failed.items(), key=lambda p: (-p[1], p[0]))) or '-'
        rows.append('| `%s` | %s | %d of %d | %s | %.1f | %.0f | %s |' % (
            method, classes[method], passed, len(chosen), ' | '.join(mean(i) for i in range(len(figures[0]))),
            sum(seconds) / len(seconds), max(memories), reasons))
        print(rows[-1], file=sys.stderr, flush=True)
    tofu = tofu_table.section(
        options.lethe, scratch, [(name, classes[name]) for name in names if name not in ('none', 'replay', 'sisa')],
        lambda row: print(row, file=sys.stderr, flush=True))
    write(rows, tofu)
    shutil.rmtree(scratch, ignore_errors=True)


def write(rows, tofu):
    text = '''# Every method on the sample people

Made by `make methods-table` on %s (%s, %d threads). %d people, one at a time, each method with its defaults, in a copy of the same workspace: the
sample model (`Samples/recipe.yaml`), requests by e-mail address, thresholds of the default policy. `none` leaves the model as it is, `retrain` is
what would be there had the person never been in it.

| method | class | passed the gate | p-low | p-high | exposure, bits | extraction strength | exact memorisation | loss AUC | p-low after relearning | whole records kept | perplexity | seconds | peak MiB | checks that failed, and how often |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
%s

p-low is small where the person's values are still likelier than twins', p-high where they are conspicuously unlikely; both fail at .005. Exposure is
log2 of the people compared less log2 of the person's rank among them: 7.6 bits at most with 199 twins, about 1.4 for somebody never seen. Extraction
strength and exact memorisation are means over the person's records; the ceilings are those of never-trained people. The loss AUC compares the person's
records with never-trained people's; about .5 or less where nothing is left. Whole records kept and perplexity (of other text) are relative to the model
before. Seconds are the method's own, without the gate. Defaults were not tuned on these people. So few people tell shapes, not rates. `sisa`
deletes from a model of its own, trained in 2 shards of 3 slices; `replay` and `sisa` need a workspace and are left out below.

%s''' % (datetime.date.today().isoformat(), platform.processor() or platform.machine(), os.cpu_count(), options.persons, '\n'.join(rows), tofu)
    if options.output:
        with open(options.output, 'w') as file: file.write(text)
    else:
        sys.stdout.write(text)


main()
