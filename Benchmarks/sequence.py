#!/usr/bin/env python3
"""One deletion after another from the same model: do the earlier persons stay unknown, and does the damage add up?

usage: sequence.py [--lethe FILE] [--persons N] [--policy FILE] [--output FILE]

Trains the sample model once, then takes in and runs one request after the other in the same workspace, by the policy's ladder.
Each verification asks again about everybody deleted before (`forget-earlier`). The table shows, for each deletion, the method that
passed, the attempts before it, the figures of that check, the rise of the loss on the records that stay, and what all deletions since the
last exact model have cost together.
Needs python3 alone; half a minute to a minute a person on two cores."""
import argparse, datetime, glob, json, os, platform, subprocess, sys, tempfile

import sample_people

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
corpus = os.path.join(root, 'Samples', 'corpus')
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('--lethe', default=os.path.join(root, '.build', 'release', 'lethe'))
parser.add_argument('--persons', type=int, default=9)
parser.add_argument('--policy', default=os.path.join(root, 'Policies', 'default.yaml'))
parser.add_argument('--output', help='a Markdown file; default: standard output')
options = parser.parse_args()
workspace = os.path.join(tempfile.mkdtemp(prefix='lethe-sequence-'), 'workspace')


def lethe(*arguments, allowed=(0,)):
    done = subprocess.run([options.lethe, *arguments, '--json', '--workspace', workspace], capture_output=True, text=True)
    if done.returncode not in allowed:
        sys.exit('lethe %s ended with %d:\n%s' % (' '.join(arguments), done.returncode, (done.stdout + done.stderr)[-2000:]))
    return json.loads(done.stdout) if done.stdout.strip() else {}


def request(subject, values):
    path = os.path.join(os.path.dirname(workspace), subject + '.json')
    document = {'lethe': 1, 'id': 'sequence-' + subject, 'subject': {'identifiers': [
        {'type': 'email', 'value': values['email'], 'format': 'raw'}, {'type': 'name', 'value': values['name'], 'format': 'raw'}]}}
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(document, file)
    return path


def measurement(report, check, name):
    for item in report.get('checks', []):
        if item['id'] == check:
            for value in item['measurements']:
                if value['name'] == name:
                    return value.get('value')
    return None


def figure(value, digits):
    return '-' if value is None else '%.*f' % (digits, value)


lethe('init', '--policy', options.policy)
lethe('corpus', 'add', 'people', *sorted(glob.glob(os.path.join(corpus, 'people-*.jsonl'))), os.path.join(corpus, 'general.jsonl'))
lethe('corpus', 'add', 'tokenizer-text', os.path.join(corpus, 'tokenizer.jsonl'), '--role', 'general')
lethe('corpus', 'add', 'never-trained', os.path.join(corpus, 'controls.jsonl'), '--role', 'controls', '--for', 'people')
lethe('corpus', 'add', 'twins', os.path.join(corpus, 'twins.jsonl'), '--role', 'twins', '--for', 'people')
lethe('train', 'assistant', '--corpus', 'people', '--recipe', os.path.join(root, 'Samples', 'recipe.yaml'))
rows, certified = [], 0
for number, (subject, values) in enumerate(sample_people.chosen(options.persons), 1):
    identifier = lethe('intake', request(subject, values))['items'][0]['cases'][0]
    lethe('run', '--case', identifier, allowed=(0, 2))
    shown = lethe('case', 'show', identifier)
    record = shown['case'] if 'case' in shown else shown['record']
    progress = record['progress']
    report = {}
    if progress.get('verification'):
        digest = progress['verification']['reportDigest']
        report = json.load(open(os.path.join(workspace, 'reports', digest + '.json')))
    rise = measurement(report, 'maintain', 'loss-rise')
    if record['state'] == 'certified':
        certified += 1
    drift = lethe('model', 'show', 'assistant').get('drift') or {'utilityLoss': 0.0}
    failed = progress.get('verification', {}).get('failedChecks', [])
    rows.append([str(number), subject, progress.get('unlearning', {}).get('method', '-'), str(len(progress.get('failures', []))),
                 record['state'] + (': ' + ', '.join(failed) if failed else ''),
                 figure(measurement(report, 'forget-earlier', 'person-count'), 0),
                 figure(measurement(report, 'forget-earlier', 'p-low'), 4),
                 figure(measurement(report, 'forget-earlier', 'p-lowest'), 4),
                 figure(measurement(report, 'forget-earlier', 'extraction-strength'), 3), figure(rise, 4), '%.2f %%' % (100 * drift['utilityLoss'])])
    print(' | '.join(rows[-1]), file=sys.stderr, flush=True)
heads = ['#', 'person', 'method', 'failed attempts', 'end', 'earlier persons tested', 'p-low', 'p-lowest', 'extraction strength',
         'loss rise, nats', 'utility lost since the last exact model']
text = '# Deletions one after another\n\nWritten by `Benchmarks/sequence.py`, %s, %s, policy `%s`. %d of %d certified.\n\n' % (
    datetime.date.today().isoformat(), platform.machine(), os.path.basename(options.policy), certified, len(rows))
text += '| ' + ' | '.join(heads) + ' |\n|' + '---|' * len(heads) + '\n' + ''.join('| ' + ' | '.join(row) + ' |\n' for row in rows)
if options.output:
    open(options.output, 'w', encoding='utf-8').write(text)
else:
    print(text)
