"""Speed of the `tokenizers` library on one thread: each line of a file by itself.

Needs: pip install tokenizers. Usage: tokenizer_peer.py TOKENIZER_JSON TEXT_FILE
Prints one JSON line; the fastest of five passes counts, as in TokenizerBenchmark.swift.
"""
import json
import os
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer  # noqa: E402  (reads the environment)

tokenizer = Tokenizer.from_file(sys.argv[1])
with open(sys.argv[2], encoding="utf-8", newline="\n") as file:
    lines = [line for line in file.read().split("\n") if line]
byte_count = sum(len(line.encode()) for line in lines)


def alone():
    return [tokenizer.encode(line, add_special_tokens=False) for line in lines]


def batch():
    return tokenizer.encode_batch(lines, add_special_tokens=False)


def fast_batch():
    return tokenizer.encode_batch_fast(lines, add_special_tokens=False)


# The library's quickest way counts.
ways = [alone, batch] + ([fast_batch] if hasattr(tokenizer, "encode_batch_fast") else [])
best = float("inf")
for way in ways:
    for _ in range(5):
        start = time.perf_counter()
        encoded = way()
        best = min(best, time.perf_counter() - start)
        tokens = sum(len(one.ids) for one in encoded)
        del encoded
print(json.dumps({"case": "tokenizer", "megabytes_per_second": byte_count / 1e6 / best, "tokens": tokens}))
