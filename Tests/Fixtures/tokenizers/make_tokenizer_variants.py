"""Writes what the `tokenizers` library does with variants of the reference tokenizers and how it cuts random text.

Needs: pip install tokenizers==0.23.3. Usage: make_tokenizer_variants.py FOLDER_WITH_REFERENCE_TOKENIZERS OUT
variants.json: members put in the place of those of a reference `tokenizer.json`, texts, their ids and decoded text.
pieces.json: for each pre-tokenizer, texts and the pieces they are cut into.
"""
import json
import random
import sys
import unicodedata

from tokenizers import Regex, Tokenizer, __version__, pre_tokenizers

folder, out = sys.argv[1:3]
random.seed(20261121)

RANGES = [(0x20, 0x7F)] * 6 + [(0xA0, 0x250), (0x300, 0x370), (0x370, 0x590), (0x5D0, 0x600), (0x600, 0x700),
    (0x900, 0xA00), (0xE00, 0xE80), (0x1100, 0x1200), (0x1680, 0x1681), (0x1E00, 0x2000), (0x2000, 0x2070),
    (0x2070, 0x2190), (0x2460, 0x2500), (0x2580, 0x25A0), (0x3000, 0x3100), (0x4E00, 0x4F00), (0xAC00, 0xAD00),
    (0xFB00, 0xFB10), (0xFE00, 0xFF60), (0x10140, 0x10180), (0x1D400, 0x1D800), (0x1F300, 0x1F600), (0x20000, 0x20100)]
FREQUENT = list("   \n\n\r\t\u0085\u000b\u00a0\u2028'''sStTmMdDrReEvVlL\u017f\u212a0123456789ab.,!-_\u2581")


def text():
    if random.random() < 0.2:
        return "".join(random.choice(FREQUENT) for _ in range(random.randint(1, 40)))
    result = []
    for _ in range(random.randint(1, 30)):
        if random.random() < 0.5:
            result.append(random.choice(FREQUENT))
            continue
        first, last = random.choice(RANGES)
        character = chr(random.randrange(first, last))
        # Classes of characters that are younger than the libraries differ by their Unicode version.
        if unicodedata.category(character) not in ("Cn", "Cs"):
            result.append(character * random.choice((1, 1, 1, 2, 5)))
    return "".join(result)


LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SPLITS = {"gpt2": [GPT2], "llama3": [LLAMA3], "qwen2": [LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")],
    "single-digits": [r"\p{N}|\P{N}+"], "digit-runs": [r"\p{N}+|\P{N}+"],
    "smollm": [r"\p{N}|\P{N}+", GPT2], "unknown": [r"[aeiou]+|\p{Lu}", r"\s"]}
pieces = []
for name, patterns in SPLITS.items():
    steps = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
    splitter = pre_tokenizers.Sequence(steps)
    texts = [text() for _ in range(150)]
    pieces.append({"name": name, "patterns": patterns,
        "cases": [{"text": t, "pieces": [p for p, _ in splitter.pre_tokenize_str(t)]} for t in texts]})
json.dump({"made_with": "tokenizers " + __version__, "splits": pieces}, open(out + "/pieces.json", "w"))


def metaspace(**members):
    return {"type": "Metaspace", "replacement": "\u2581", **members}


def added(identifier, content, **members):
    return {"id": identifier, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
        "normalized": False, "special": True, **members}


base_added = [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>")]
space_decoder = {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
    {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
def within_words(name, count):
    """The model of a reference tokenizer without merges across the mark of a space, as in Llama 2's own vocabulary."""
    model = json.load(open(f"{folder}/{name}/tokenizer.json", encoding="utf-8"))["model"]
    tokens = [t for t in model["vocab"] if len(t) == 1 or t.startswith("<")]
    known, merges = set(tokens), []
    for left, right in model["merges"]:
        if left in known and right in known and "\u2581" not in (left + right).lstrip("\u2581") and len(merges) < count:
            merges.append([left, right])
            if left + right not in known:
                tokens.append(left + right)
                known.add(left + right)
    return {**model, "vocab": {t: i for i, t in enumerate(tokens)}, "merges": merges}


VARIANTS = [
    ("merges-within-words", "llama2-style", {"added_tokens": base_added, "model": within_words("llama2-style", 300)}),
    ("merges-within-words-first", "llama2-style", {"added_tokens": base_added, "model": within_words("llama2-style", 300),
        "normalizer": None, "pre_tokenizer": metaspace(prepend_scheme="first", split=False)}),
    ("metaspace-first", "llama2-style", {"normalizer": None, "pre_tokenizer": metaspace(prepend_scheme="first", split=False)}),
    ("metaspace-always-split", "llama2-style", {"normalizer": None, "pre_tokenizer": metaspace(prepend_scheme="always", split=True),
        "decoder": metaspace(prepend_scheme="always", split=True)}),
    ("metaspace-never", "llama2-style", {"normalizer": None, "pre_tokenizer": metaspace(prepend_scheme="never", split=True),
        "decoder": metaspace(prepend_scheme="never", split=True)}),
    ("no-decoder", "llama2-style", {"decoder": None}),
    ("stripping-specials", "llama2-style", {"added_tokens": base_added + [added(1200, "<mask>", lstrip=True, rstrip=True),
        added(1201, "word", single_word=True), added(1202, "  ", special=False), added(1203, "<ma", rstrip=True)]}),
    ("normalized-added", "llama2-style", {"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
        "added_tokens": base_added + [added(1200, "in a", special=False, normalized=True), added(1201, "in", special=False)],
        "decoder": space_decoder}),
    ("composed", "qwen2-style", {"normalizer": {"type": "NFC"}}),
    ("prefix-space", "tofu-bytelevel-2048", {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}}),
]
FIXED = ["", " ", "  ", "a", " a", "<mask>", "a  <mask>  b", "<mask> <mask>", "a <s> b", "<s>a</s> b", "word", "words word, sword word",
    "in a  in a", "in  a", "\u2581", "\u2581a \u2581 b", "e\u0301a\u0308\u0323 \u1112\u1161\u11ab \u0958 \u2126", "a\u0301\nb\u0301", "<ma  sk", "<mas <mask",
    "x <unk> \u00e9\u4f60 <0x41> <0xC3><0xA9>", "Caf\u00e9 \ud55c\uad6d\uc5b4 \U0001f680", "A person in a place was born in 1987."]
variants = []
for name, base, changes in VARIANTS:
    document = json.load(open(f"{folder}/{base}/tokenizer.json", encoding="utf-8"))
    document.update(changes)
    tokenizer = Tokenizer.from_str(json.dumps(document))
    cases = []
    for t in FIXED + [text() for _ in range(60)]:
        ids = tokenizer.encode(t, add_special_tokens=False).ids
        cases.append({"text": t, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
    variants.append({"name": name, "base": base, "changes": changes, "cases": cases})
json.dump({"made_with": "tokenizers " + __version__, "variants": variants}, open(out + "/variants.json", "w"))
