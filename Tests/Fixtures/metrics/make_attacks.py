"""Reference values for attacks that look into the model: mean and variance of the log-probability over the vocabulary
(Min-K%++), norms of gradients (GradNorm), likely tokens (neighbourhood). Needs torch, transformers, safetensors.
Usage: make_attacks.py   (reads ../models, writes attacks.json here)

Token t of a row is scored for t in 5 ... tokens - 1, from all tokens before it, in double precision."""
import json, os, torch, transformers
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

here = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)
out = []
for name in ('llama-gqa-tied', 'gpt2', 'phi'):
    folder = os.path.join(here, '..', 'models', name)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    ids = load_file(os.path.join(folder, 'golden.safetensors'))['input_ids'].long()
    for row in ids:
        model.zero_grad()
        logp = model(input_ids=row[None]).logits[0, 4:-1].log_softmax(-1)
        target = logp.gather(1, row[5:, None])[:, 0]
        (-target.mean()).backward()
        norms = {n: float(p.grad.norm()) for n, p in model.named_parameters()}
        with torch.no_grad():
            p = logp.exp()
            mean = (p * logp).sum(-1)
            variance = (p * logp ** 2).sum(-1) - mean ** 2
            z = ((target - mean) / variance.clamp_min(1e-6).sqrt()).sort().values
        count = max(1, int(.2 * len(z)))
        out.append(dict(model=name, ids=row.tolist(), logProbability=target.tolist(), mean=mean.tolist(),
                        variance=variance.tolist(), minKPlusPlus=float(z[:count].mean()), norms=norms,
                        gradNorm=sum(norms.values()) / len(norms), likely=logp.topk(4).indices.tolist()))
json.dump(out, open(os.path.join(here, 'attacks.json'), 'w'), indent=0)
print('torch', torch.__version__, 'transformers', transformers.__version__)
