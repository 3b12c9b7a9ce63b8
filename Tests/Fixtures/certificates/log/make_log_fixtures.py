"""Makes log.json and python.tlog-proof without any code of ours: hashlib, base64 and Ed25519 of
pyca/cryptography. The keys come from published seeds and sign fixtures only. Deterministic.

usage: make_log_fixtures.py FOLDER
"""
import base64, hashlib, json, pathlib, struct, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

COUNT, INDEX, WITNESS_TIME = 300, 123, 1_790_000_000
ORIGIN = "log.example.org/erasures"

sha256 = lambda data: hashlib.sha256(data).digest()
b64 = lambda data: base64.b64encode(data).decode()
leaf = lambda entry: sha256(b"\x00" + entry)
node = lambda left, right: sha256(b"\x01" + left + right)


def root(hashes):  # RFC 6962, section 2.1
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node(root(hashes[:k]), root(hashes[k:]))


def path(m, hashes):  # RFC 6962, section 2.1.1
    if len(hashes) == 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m < k:
        return path(m, hashes[:k]) + [root(hashes[k:])]
    return path(m - k, hashes[k:]) + [root(hashes[:k])]


def subproof(m, hashes, whole):  # RFC 6962, section 2.1.2
    if m == len(hashes):
        return [] if whole else [root(hashes)]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m <= k:
        return subproof(m, hashes[:k], whole) + [root(hashes[k:])]
    return subproof(m - k, hashes[k:], False) + [root(hashes[:k])]


class Key:
    def __init__(self, name, kind):
        self.name, self.kind = name, bytes([kind])
        self.seed = sha256(b"lethe fixture " + name.encode())
        self.private = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = sha256(name.encode() + b"\n" + self.kind + self.public)[:4]
        self.vkey = f"{name}+{self.id.hex()}+{b64(self.kind + self.public)}"

    def line(self, text, time=None):
        if time is None:
            signature = self.private.sign(text)
        else:
            signed = f"cosignature/v1\ntime {time}\n".encode() + text
            signature = struct.pack(">Q", time) + self.private.sign(signed)
        return f"\u2014 {self.name} {b64(self.id + signature)}\n"


folder = pathlib.Path(sys.argv[1])
log = Key(ORIGIN, 1)
witnesses = [Key("witness.example.net/one", 4), Key("witness.example.com/two", 4)]
entries = [f"entry {i}".encode() for i in range(COUNT)]
leaves = [leaf(e) for e in entries]
bundle = lambda part: b"".join(struct.pack(">H", len(e)) + e for e in part)
text = f"{ORIGIN}\n{COUNT}\n{b64(root(leaves))}\n".encode()
cosignatures = [w.line(text, WITNESS_TIME + i) for i, w in enumerate(witnesses)]
checkpoint = text.decode() + "\n" + log.line(text) + "".join(cosignatures)
files = {
    "tile/entries/000": bundle(entries[:256]),
    "tile/entries/001.p/44": bundle(entries[256:]),
    "tile/0/000": b"".join(leaves[:256]),
    "tile/0/001.p/44": b"".join(leaves[256:]),
    "tile/1/000.p/1": root(leaves[:256]),
}
proof = "c2sp.org/tlog-proof@v1\n" + f"index {INDEX}\n"
proof += "".join(b64(h) + "\n" for h in path(INDEX, leaves)) + "\n" + checkpoint
(folder / "python.tlog-proof").write_text(proof)
(folder / "log.json").write_text(json.dumps({
    "entryCount": COUNT,
    "index": INDEX,
    "logSeed": log.seed.hex(),
    "logKey": log.vkey,
    "origin": ORIGIN,
    "witnessKeys": [w.vkey for w in witnesses],
    "witnessTimes": [WITNESS_TIME + i for i in range(len(witnesses))],
    "checkpointText": text.decode(),
    "cosignatures": cosignatures,
    "roots": {str(n): b64(root(leaves[:n])) for n in (0, 1, 2, 3, 5, 255, 256, 257, 299, 300)},
    "consistency": {
        f"{m}-{n}": [b64(h) for h in subproof(m, leaves[:n], True)]
        for m, n in ((1, 300), (3, 7), (6, 8), (255, 256), (256, 257), (200, 300), (256, 300), (299, 300))
    },
    "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
}, indent=1, ensure_ascii=False) + "\n")
