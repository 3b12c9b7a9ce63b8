"""The peer's side of every comparison: PyTorch + transformers on the CPU, and the `tokenizers` and `safetensors`
libraries. Prints one JSON line per case.

  peer.py [--threads 2] [--mode fp32|bf16|compile] step SHAPE     one training step: forward, backward, AdamW
  peer.py [--threads 2] unlearn SHAPE TOKENIZER [--limit N]       gradient difference, padded batches
  peer.py [--threads 2] score SHAPE TOKENIZER [--limit N]         log-probabilities of six answers a question
  peer.py load FILE                                               safetensors into float32 memory

SHAPE is small, gpt2 or smollm2. Needs: pip install torch transformers tokenizers safetensors."""
import argparse, json, os, resource, time

parser = argparse.ArgumentParser()
parser.add_argument('--threads', type=int, default=2)
parser.add_argument('--mode', default='fp32')
parser.add_argument('--steps', type=int, default=3)
parser.add_argument('--limit', type=int, default=400)
parser.add_argument('case')
parser.add_argument('arguments', nargs='+')
options = parser.parse_args()
import torch
torch.set_num_threads(options.threads)
torch.manual_seed(0)
data = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data')


def report(case, seconds, token_count, **more):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({'case': case, 'mode': options.mode, 'threads': options.threads, 'seconds': seconds,
                      'tokens_per_second': token_count / seconds, 'peak_memory_mib': peak, **more}), flush=True)


def median(values): return sorted(values)[len(values) // 2]


def model(shape):
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
    if shape == 'gpt2':
        return GPT2LMHeadModel(GPT2Config(resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)), 4, 256
    sizes = {'small': dict(hidden_size=256, intermediate_size=768, num_hidden_layers=4, num_attention_heads=4,
                           num_key_value_heads=4, vocab_size=4096),
             'smollm2': dict(hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
                             num_key_value_heads=3, vocab_size=49152)}[shape]
    rows, length = (16, 128) if shape == 'small' else (4, 256)
    return LlamaForCausalLM(LlamaConfig(tie_word_embeddings=True, max_position_embeddings=2048, bos_token_id=1,
                                        eos_token_id=2, **sizes)), rows, length


def forward(m, **inputs):
    if options.mode == 'bf16':
        with torch.autocast('cpu', dtype=torch.bfloat16): return m(**inputs)
    return m(**inputs)


def padded(pairs):
    """A padded batch with labels on the answers' tokens only."""
    longest = max(len(q) + len(a) for q, a in pairs)
    ids = torch.zeros(len(pairs), longest, dtype=torch.long)
    labels = torch.full((len(pairs), longest), -100)
    mask = torch.zeros(len(pairs), longest, dtype=torch.long)
    for row, (q, a) in enumerate(pairs):
        ids[row, :len(q) + len(a)] = torch.tensor(q + a)
        mask[row, :len(q) + len(a)] = 1
        labels[row, len(q):len(q) + len(a)] = torch.tensor(a)
    return dict(input_ids=ids, labels=labels, attention_mask=mask)


def lines(name): return [json.loads(line) for line in open(os.path.join(data, name), encoding='utf-8')]


def step(shape):
    m, rows, length = model(shape)
    m.train()
    optimizer = torch.optim.AdamW(m.parameters(), lr=1e-5, fused=True)
    run = torch.compile(m) if options.mode == 'compile' else m
    x = torch.randint(0, m.config.vocab_size, (rows, length))
    times = []
    for _ in range(options.steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        forward(run, input_ids=x, labels=x).loss.backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    report(shape, median(times[1:]), rows * length)


def unlearn(shape, tokenizer):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(tokenizer)
    encode = lambda r: (tokenizer.encode(r['question']).ids, tokenizer.encode(' ' + r['answer']).ids)
    forget, retain = ([encode(r) for r in lines(n)[:options.limit]]
                      for n in ('forget10.jsonl', 'retain90-first-400.jsonl'))
    m, rows, _ = model(shape)
    m.train()
    optimizer = torch.optim.AdamW(m.parameters(), lr=1e-5, fused=True)
    def update(f, r):
        optimizer.zero_grad()
        loss = -forward(m, **padded(f)).loss + forward(m, **padded(r)).loss
        loss.backward()
        optimizer.step()
    update(forget[:2], retain[:2])      # warm up
    start = time.perf_counter()
    tokens = 0
    for i in range(0, len(forget), rows):
        f, r = forget[i:i + rows], retain[i:i + rows]
        tokens += sum(len(q) + len(a) for q, a in f + r)
        update(f, r)
    report('unlearn-' + shape, time.perf_counter() - start, tokens, tokens=tokens)


def score(shape, tokenizer):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(tokenizer)
    pairs = []
    for r in lines('forget10-answers.jsonl')[:options.limit]:
        question = tokenizer.encode(r['question']).ids
        pairs += [(question, tokenizer.encode(' ' + a).ids) for a in r['answers']]
    m, rows, _ = model(shape)
    m.eval()
    @torch.inference_mode()
    def scores(batch):
        inputs = padded(batch)
        logits = forward(m, input_ids=inputs['input_ids'], attention_mask=inputs['attention_mask']).logits
        chosen = inputs['labels'][:, 1:]
        values = logits[:, :-1].log_softmax(-1).gather(2, chosen.clamp(min=0)[:, :, None])[:, :, 0]
        return (values * (chosen >= 0)).sum(1).tolist()
    scores(pairs[:2])
    size = 2 * rows
    start = time.perf_counter()
    result = [value for i in range(0, len(pairs), size) for value in scores(pairs[i:i + size])]
    tokens = sum(len(q) + len(a) for q, a in pairs)
    report('score-' + shape, time.perf_counter() - start, tokens, sequences=len(result), tokens=tokens)


def load(path):
    from safetensors.torch import load_file
    times = []
    for _ in range(5):
        start = time.perf_counter()
        total = sum(t.float().clone().numel() for t in load_file(path).values())
        times.append(time.perf_counter() - start)
    size = os.path.getsize(path)
    print(json.dumps({'case': 'load', 'gigabytes_per_second': size / median(times) / 1e9, 'elements': total}))


{'step': step, 'unlearn': unlearn, 'score': score, 'load': load}[options.case](*options.arguments)
