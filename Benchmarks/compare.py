#!/usr/bin/env python3
"""Runs peer and project alternately and prints the table of ratios (project over peer, medians of the rounds).

  compare.py --peer-python V/bin/python [--rounds 3] [--threads 2] [CASE ...]

Cases: product small gpt2 smollm2 compile-small compile-gpt2 compile-smollm2 unlearn-small unlearn-smollm2 score-small
score-smollm2 tokenizer load. Default: all but the compiled ones. The machine should have nothing else to do; every
ratio is of runs that took turns, so that what slows one slows the other. README.md says how to install the peer."""
import argparse, json, os, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
fixtures = os.path.join(here, '..', 'Tests', 'Fixtures', 'tokenizers')
tokenizers = {'small': os.path.join(fixtures, 'tofu-bytelevel-2048', 'tokenizer.json'),
              'smollm2': os.path.join(fixtures, 'smollm2', 'tokenizer.json')}
gpt2 = os.path.join(fixtures, 'gpt2', 'tokenizer.json')
default = ['product', 'small', 'gpt2', 'smollm2', 'unlearn-small', 'unlearn-smollm2', 'score-small', 'score-smollm2',
           'tokenizer', 'load']

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('--peer-python', default=sys.executable, help='a Python with torch, transformers, tokenizers')
parser.add_argument('--bench', help='the built lethe-bench; default: swift build in this folder')
parser.add_argument('--rounds', type=int, default=3)
parser.add_argument('--threads', type=int, default=2)
parser.add_argument('--limit', type=int, help='records of the record cases (default: 400 small, 40 smollm2)')
parser.add_argument('cases', nargs='*', default=default)
options = parser.parse_args()
environment = dict(os.environ, LETHE_THREADS=str(options.threads), RAYON_NUM_THREADS='1',
                   TOKENIZERS_PARALLELISM='false')


def run(command):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{')]
    if done.returncode or not lines:
        sys.exit(f'{" ".join(command)} failed:\n{done.stderr[-2000:]}')
    return json.loads(lines[-1])


def median(values): return sorted(values)[len(values) // 2]


bench = options.bench
if not bench:
    subprocess.run(['swift', 'build', '-c', 'release', '--package-path', here], check=True, stdout=sys.stderr)
    folder = subprocess.run(['swift', 'build', '-c', 'release', '--package-path', here, '--show-bin-path'], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.strip()
    bench = os.path.join(folder, 'lethe-bench')


def commands(case, scratch):
    """The project's command, the peer's (None for none) and the field that is compared."""
    peer = [options.peer_python, os.path.join(here, 'peers', 'peer.py'), '--threads', str(options.threads)]
    if case == 'product': return [bench, 'product', '--threads', str(options.threads)], None, 'gflops'
    if case.startswith('compile-'):
        return [bench, 'step', case[8:]], peer + ['--mode', 'compile', 'step', case[8:]], 'tokens_per_second'
    if case.startswith(('unlearn-', 'score-')):
        kind, shape = case.split('-')
        limit = ['--limit', str(options.limit or (400 if shape == 'small' else 40))]
        arguments = [shape, tokenizers[shape]]
        return [bench, kind, *arguments, *limit], peer + limit + [kind, *arguments], 'tokens_per_second'
    if case == 'tokenizer':
        return ([bench, 'tokenizer', gpt2, scratch['text']],
                [options.peer_python, os.path.join(here, 'peers', 'tokenizer_peer.py'), gpt2, scratch['text']],
                'megabytes_per_second')
    if case == 'load':
        return [bench, 'load', scratch['weights']], peer + ['load', scratch['weights']], 'gigabytes_per_second'
    return [bench, 'step', case], peer + ['step', case], 'tokens_per_second'


def prepare(folder):
    """Inputs that are made rather than kept: text for the tokenizer, 500 MB of bfloat16 weights."""
    scratch = {'text': os.path.join(folder, 'text.txt'), 'weights': os.path.join(folder, 'weights.safetensors')}
    with open(scratch['text'], 'w', encoding='utf-8') as out:
        for _ in range(2):
            for name in ('forget10.jsonl', 'retain90-first-400.jsonl', 'forget10-answers.jsonl'):
                for line in open(os.path.join(here, 'data', name), encoding='utf-8'):
                    record = json.loads(line)
                    out.write(' '.join([record['question'], record.get('answer', ''), *record.get('answers', [])]) + '\n')
    if 'load' in options.cases:
        header, rows, width = {}, 4096, 1024
        for index in range(60):
            size = rows * width * 2
            header[f'layer.{index:02}.weight'] = {'dtype': 'BF16', 'shape': [rows, width],
                                                  'data_offsets': [index * size, (index + 1) * size]}
        text = json.dumps(header).encode()
        text += b' ' * (-len(text) % 8)
        with open(scratch['weights'], 'wb') as out:
            out.write(len(text).to_bytes(8, 'little') + text)
            block = os.urandom(1 << 20).replace(b'\x7f', b'\x3f').replace(b'\xff', b'\xbf')
            for _ in range(60 * rows * width * 2 >> 20): out.write(block)
    return scratch


with tempfile.TemporaryDirectory() as folder:
    scratch = prepare(folder)
    print(f'{"case":<18}{"project":>12}{"peer":>12}{"ratio":>8}  {"spread of ratios":<18}{"memory MiB":>22}  unit')
    for case in options.cases:
        project, peer, field = commands(case, scratch)
        results = []
        for _ in range(options.rounds):
            ours = run(project)
            results.append((ours, run(peer) if peer else None))
        ours = median([r[0][field] for r in results])
        if not peer:
            print(f'{case:<18}{ours:>12.1f}{"":>12}{"":>8}  {"":<18}{"":>22}  {field}', flush=True)
            continue
        theirs = median([r[1][field] for r in results])
        ratios = sorted(r[0][field] / r[1][field] for r in results)
        memory = ''
        if 'peak_memory_mib' in results[0][0] and 'peak_memory_mib' in results[0][1]:
            a, b = (median([r[i]['peak_memory_mib'] for r in results]) for i in (0, 1))
            memory = f'{a} / {b} = {a / b:.2f}'
        spread = f'{ratios[0]:.2f} to {ratios[-1]:.2f}'
        extra = f' ({median([r[0]["gflops"] for r in results]):.0f} GFLOP/s)' if 'gflops' in results[0][0] else ''
        print(f'{case:<18}{ours:>12.2f}{theirs:>12.2f}{median(ratios):>8.2f}  {spread:<18}{memory:>22}  {field}{extra}',
              flush=True)
