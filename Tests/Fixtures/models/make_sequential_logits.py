"""Logits of gpt-neox with use_parallel_residual = false, computed with numpy in double precision from the same
weights and ids; golden.safetensors was made with true. The script first computes the latter and compares it with
PyTorch's logits, so that what it adds is the order of the residuals alone. Needs: pip install numpy."""
import json, math, os, struct, sys
import numpy as np

def read(path):
    data = open(path, 'rb').read()
    size = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop('__metadata__', None)
    types = {'F32': np.float32, 'I32': np.int32}
    return {name: np.frombuffer(data[8 + size:][slice(*e['data_offsets'])], types[e['dtype']]).reshape(e['shape'])
            for name, e in header.items()}

def logits(w, ids, c, parallel):
    heads, width = c['num_attention_heads'], c['hidden_size']
    k = width // heads
    turned = int(k * c['rope_parameters']['partial_rotary_factor'])
    inverse = 1 / c['rope_parameters']['rope_theta'] ** (np.arange(0, turned, 2) / turned)
    half = len(inverse)
    def norm(x, name):
        h = x - x.mean(-1, keepdims=True)
        h = h / np.sqrt((h * h).mean(-1, keepdims=True) + c['layer_norm_eps'])
        return h * w[name + '.weight'] + w[name + '.bias']
    def linear(x, name): return x @ w[name + '.weight'].T + w[name + '.bias']
    def rotated(x):                                              # [tokens, heads, k]
        angle = np.arange(len(x))[:, None, None] * inverse
        a, b = x[..., :half], x[..., half:2 * half]
        return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle),
                               x[..., 2 * half:]], -1)
    def attended(x, p):
        q, key, v = np.moveaxis(linear(x, p + 'query_key_value').reshape(len(x), heads, 3, k), 2, 0)
        s = np.einsum('ihk,jhk->hij', rotated(q), rotated(key)) / math.sqrt(k)
        s = np.where(np.tril(np.ones(s.shape[1:], bool)), s, -np.inf)
        s = np.exp(s - s.max(-1, keepdims=True))
        s = s / s.sum(-1, keepdims=True)
        return linear(np.einsum('hij,jhk->ihk', s, v).reshape(len(x), width), p + 'dense')
    def feed(x, p):
        h = linear(x, p + 'dense_h_to_4h')
        return linear(h * (1 + np.vectorize(math.erf)(h / math.sqrt(2))) / 2, p + 'dense_4h_to_h')
    x = w['gpt_neox.embed_in.weight'][ids]
    for layer in range(c['num_hidden_layers']):
        p = f'gpt_neox.layers.{layer}.'
        mixed = x + attended(norm(x, p + 'input_layernorm'), p + 'attention.')
        x = mixed + feed(norm(x if parallel else mixed, p + 'post_attention_layernorm'), p + 'mlp.')
    return norm(x, 'gpt_neox.final_layer_norm') @ w['embed_out.weight'].T

folder = os.path.join(sys.argv[1] if len(sys.argv) > 1 else '.', 'gpt-neox')
weights = {name: value.astype(np.float64) for name, value in read(folder + '/model.safetensors').items()}
golden, config = read(folder + '/golden.safetensors'), json.load(open(folder + '/config.json'))
def run(parallel): return np.stack([logits(weights, row, config, parallel) for row in golden['input_ids']])
error = abs(run(True) - golden['logits']).max() / abs(golden['logits']).max()
assert error < 1e-5, error
result = run(False).astype('<f4')
header = json.dumps({'logits': {'dtype': 'F32', 'shape': list(result.shape), 'data_offsets': [0, result.nbytes]}}).encode()
header += b' ' * (-len(header) % 8)
open(folder + '/sequential-logits.safetensors', 'wb').write(struct.pack('<Q', len(header)) + header + result.tobytes())
print('parallel against PyTorch', error, 'sequential differs by', abs(result - golden['logits']).max())
