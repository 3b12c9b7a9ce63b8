"""Cuts the reference tokenizers down to some 300 entries: where fuzzing of the reader starts from.

Usage: make_tokenizer_seeds.py FOLDER_WITH_REFERENCE_TOKENIZERS OUT
"""
import json
import sys

folder, out = sys.argv[1:3]
for name in ("gpt2", "smollm2", "llama2-style", "llama3-style", "qwen2-style", "tofu-bytelevel-2048"):
    document = json.load(open(f"{folder}/{name}/tokenizer.json", encoding="utf-8"))
    model = document["model"]
    document["added_tokens"] = document["added_tokens"][:3]
    added = {token["content"] for token in document["added_tokens"]}
    kept = {t for t in model["vocab"] if len(t) == 1 or (t.startswith("<0x") and len(t) == 6)} | added
    if name == "llama2-style":
        kept = {t for t in kept if len(t) > 1 or t.isascii() or t == "\u2581"}
    merges = []
    for merge in model["merges"]:
        left, right = merge
        if left in kept and right in kept and len(merges) < 40:
            merges.append(merge)
            kept.add(left + right)
    numbers = {token: index for index, token in enumerate(t for t in model["vocab"] if t in kept)}
    for token in document["added_tokens"]:
        token["id"] = numbers.setdefault(token["content"], len(numbers))
    model["vocab"], model["merges"] = numbers, merges
    with open(f"{out}/{name}.json", "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, separators=(",", ":"))
