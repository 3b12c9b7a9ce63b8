"""Puts the test cases of transparency-dev/merkle (testdata/, one JSON file each) into one file.

usage: compact_merkle_vectors.py TESTDATA > merkle-rfc6962.jsonl

One case a line, unchanged but for the member "file" with its path, sorted by path.
"""
import json, pathlib, sys

root = pathlib.Path(sys.argv[1])
for path in sorted(root.rglob("*.json"), key=lambda p: p.relative_to(root).as_posix()):
    case = {"file": path.relative_to(root).as_posix(), **json.loads(path.read_text())}
    print(json.dumps(case, separators=(",", ":")))
