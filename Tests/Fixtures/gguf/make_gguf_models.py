"""GGUF files of the reference models (`../models`), arranged as llama.cpp's converter arranges them,
and a SentencePiece vocabulary with the ids its own library gives.

Tensor names come from the gguf library's name map; the arrangement follows llama.cpp's
convert_hf_to_gguf.py: rotary pairs of Llama's Q and K side by side, GPT-2's matrices transposed,
GPT-NeoX's fused matrix by part. Phi's first layer keeps Q, K, V apart, its second has them fused,
since files of both kinds exist.

Needs: pip install gguf numpy safetensors sentencepiece. Usage: make_gguf_models.py MODELS TEXT OUT
(TEXT: a text file to train the vocabulary on)."""
import json
import math
import os
import sys

import gguf
import numpy as np
import sentencepiece
from safetensors.numpy import load_file

models, text_file, out = sys.argv[1:]
A = gguf.MODEL_ARCH
ARCHITECTURES = {
    "llama": A.LLAMA, "qwen2": A.QWEN2, "qwen3": A.QWEN3, "gpt2": A.GPT2,
    "gpt_neox": A.GPTNEOX, "phi": A.PHI2,
}
T = gguf.TokenType


def pairs_together(w, heads):
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def by_part(w, heads):
    return w.reshape(heads, 3, w.shape[0] // heads // 3, *w.shape[1:]).swapaxes(0, 1).reshape(w.shape)


def rope_factors(rope, width):
    low = rope["original_max_position_embeddings"] / rope["low_freq_factor"]
    high = rope["original_max_position_embeddings"] / rope["high_freq_factor"]
    factors = []
    for i in range(0, width, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (i / width)
        if wavelength < high:
            factors.append(1)
        elif wavelength > low:
            factors.append(rope["factor"])
        else:
            smooth = (rope["original_max_position_embeddings"] / wavelength - rope["low_freq_factor"]) / (
                rope["high_freq_factor"] - rope["low_freq_factor"])
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return np.array(factors, dtype=np.float32)


def byte_alphabet():
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [b for b in range(256) if b not in kept]
    return {b: chr(b) for b in kept} | {b: chr(0x100 + i) for i, b in enumerate(rest)}


def add_byte_level(writer, pre):
    """Three specials, the ASCII letters and some more bytes, a few merges."""
    alphabet = byte_alphabet()
    tokens = ["<unk>", "<|begin|>", "<|end|>", "<extra one>"]
    tokens += [alphabet[b] for b in [10, *range(32, 127)]]
    merges = ["t h", "th e", "i n", alphabet[32] + " the", "a n", "e r"]
    tokens += [m.replace(" ", "") for m in merges]
    types = [T.CONTROL, T.CONTROL, T.CONTROL, T.USER_DEFINED] + [T.NORMAL] * (len(tokens) - 4)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def write(path, config, tensors, pre):
    kind = config["model_type"]
    arch = ARCHITECTURES[kind]
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[arch])
    get = lambda *names: next(config[n] for n in names if config.get(n) is not None)
    width, heads = get("hidden_size", "n_embd"), get("num_attention_heads", "n_head")
    layers = get("num_hidden_layers", "n_layer")
    kv = config.get("num_key_value_heads") or heads
    head = config.get("head_dim") or width // heads
    writer.add_context_length(get("max_position_embeddings", "n_positions"))
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(config.get("intermediate_size") or config.get("n_inner") or 4 * width)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    rope = config.get("rope_parameters") or {}
    if kind in ("llama", "qwen2", "qwen3"):
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
        writer.add_rope_freq_base(rope["rope_theta"])
    else:
        writer.add_layer_norm_eps(get("layer_norm_eps", "layer_norm_epsilon"))
    if kind == "llama":
        writer.add_rope_dimension_count(head)
        writer.add_vocab_size(config["vocab_size"])
    if kind == "qwen3" or (kind == "llama" and head != width // heads):
        writer.add_key_length(head)
        writer.add_value_length(head)
    if kind in ("gpt_neox", "phi"):
        writer.add_rope_dimension_count(int(head * rope["partial_rotary_factor"]))
    if kind == "gpt_neox":
        writer.add_parallel_residual(config["use_parallel_residual"])
    add_byte_level(writer, pre)
    if rope.get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", rope_factors(rope, head))
    names = gguf.get_tensor_name_map(arch, layers)
    fused = {}
    for name, w in tensors.items():
        stored = names.get_name(name, try_suffixes=(".weight", ".bias"))
        assert stored, name
        suffix = name[name.rindex("."):]
        if kind == "llama" and ("q_proj" in name or "k_proj" in name):
            w = pairs_together(w, heads if "q_proj" in name else kv)
        if kind == "gpt2" and w.ndim == 2 and ".attn." in name or kind == "gpt2" and w.ndim == 2 and ".mlp." in name:
            w = w.T
        if kind == "gpt_neox" and "query_key_value" in name:
            w = by_part(w, heads)
        if kind == "phi" and ".1.self_attn." in name and "dense" not in name:
            fused.setdefault(suffix, {})[name.split(".")[-2]] = w
            continue
        writer.add_tensor(stored, np.ascontiguousarray(w))
    for suffix, parts in fused.items():
        whole = np.concatenate([parts["q_proj"], parts["k_proj"], parts["v_proj"]])
        writer.add_tensor("blk.1.attn_qkv" + suffix, whole)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_sentencepiece():
    """A small vocabulary with byte fallback, and what the sentencepiece library makes of texts."""
    import io
    texts = open(text_file, encoding="utf-8").read().split("\n")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, vocab_size=700, model_type="bpe",
        byte_fallback=True, character_coverage=0.999, normalization_rule_name="identity",
        remove_extra_whitespaces=False, split_digits=True, num_threads=1,
        user_defined_symbols=["<extra>"])
    sp = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    tokens, scores, types = [], [], []
    for i in range(sp.get_piece_size()):
        tokens.append(sp.id_to_piece(i))
        scores.append(sp.get_score(i))
        types.append(
            T.UNKNOWN if sp.is_unknown(i) else T.CONTROL if sp.is_control(i)
            else T.BYTE if sp.is_byte(i) else T.USER_DEFINED if tokens[-1] == "<extra>" else T.NORMAL)
    writer = gguf.GGUFWriter(os.path.join(out, "sentencepiece.gguf"), "llama")
    writer.add_context_length(16)
    writer.add_embedding_length(4)
    writer.add_block_count(0 + 1)
    writer.add_feed_forward_length(4)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(sp.bos_id())
    writer.add_eos_token_id(sp.eos_id())
    writer.add_unk_token_id(sp.unk_id())
    writer.add_add_bos_token(True)
    writer.add_tensor("token_embd.weight", np.zeros((len(tokens), 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    cases = [
        "Hello world", "The right to be forgotten", " leading space", "two  spaces   and four    ",
        "line\nbreak\ttab", "1234567890", "naïve café – déjà vu", "Привет, мир", "日本語のテキスト",
        "emoji 😀 and 👩‍👩‍👧", "", "a", " ", "x" * 50, "before<extra>", "tail ",
    ] + [t for t in texts if t][:34]
    written = [{"text": t, "ids": sp.encode(t), "decoded": sp.decode(sp.encode(t))} for t in cases]
    with open(os.path.join(out, "sentencepiece.json"), "w") as f:
        json.dump(written, f, ensure_ascii=True)


os.makedirs(os.path.join(out, "models"), exist_ok=True)
PRE = {"gpt2": "gpt-2", "llama-gqa-tied": "smollm", "llama3-rope-scaled": "llama-bpe",
       "llama-untied": "smaug-bpe", "qwen2": "qwen2", "qwen3": "qwen2", "gpt-neox": "olmo", "phi": "phi-2"}
for name, pre in PRE.items():
    folder = os.path.join(models, name)
    write(os.path.join(out, "models", name + ".gguf"), json.load(open(os.path.join(folder, "config.json"))),
          load_file(os.path.join(folder, "model.safetensors")), pre)

# Small files of the same kinds, as seeds for fuzzing.
os.makedirs(os.path.join(out, "tiny"), exist_ok=True)
for name, pre in PRE.items():
    folder = os.path.join(models, name)
    config = json.load(open(os.path.join(folder, "config.json")))
    heads = 2
    small = {"hidden_size": 8, "n_embd": 8, "num_attention_heads": heads, "n_head": heads, "head_dim": 4,
             "num_key_value_heads": heads, "intermediate_size": 8, "n_inner": 8}
    sizes = {}
    for key, value in small.items():
        if config.get(key) is not None or key == "n_inner" and name == "gpt2":
            config[key] = value
    rng = np.random.default_rng(1)
    tensors = {}
    old = json.load(open(os.path.join(folder, "config.json")))
    width = old.get("hidden_size") or old["n_embd"]
    for key, w in load_file(os.path.join(folder, "model.safetensors")).items():
        if ".1." in key and name != "phi":
            continue
        def small_extent(n, key=key):
            if n in (160, old.get("max_position_embeddings"), old.get("n_positions")) and ("wpe" in key or n == 160):
                return 112 if n == 160 else 16
            if "qkv" in key or "query_key_value" in key or "c_attn" in key:
                return 24 if n == 3 * width else 8
            return 4 if key.endswith(("q_norm.weight", "k_norm.weight")) else 8
        tensors[key] = rng.normal(size=[small_extent(n) for n in w.shape]).astype(np.float32)
    config["vocab_size"] = 112
    for key in ("num_hidden_layers", "n_layer"):
        if key in config and name != "phi":
            config[key] = 1
    for key in ("max_position_embeddings", "n_positions"):
        if key in config:
            config[key] = 16
    write(os.path.join(out, "tiny", name + ".gguf"), config, tensors, pre)
write_sentencepiece()
