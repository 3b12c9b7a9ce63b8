"""Checks a .tlog-proof with the standard library and pyca/cryptography only.

usage: verify_tlog_proof.py PROOF ENTRY LOGKEY [WITNESSKEY...]

ENTRY is the file with the entry's bytes; keys are verifier keys (name+id+base64). Every witness
given must have signed. Prints OK, or says what is wrong and exits 1.
"""
import base64, hashlib, struct, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sha256 = lambda data: hashlib.sha256(data).digest()


def signed(text, lines, vkey):
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    if sha256(name.encode() + b"\n" + key)[:4].hex() != key_id:
        sys.exit("key id of " + name)
    for line in lines:
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if dash == "\u2014" and signer == name and blob[:4].hex() == key_id:
            blob = blob[4:]
            if key[0] == 4:
                text = b"cosignature/v1\ntime %d\n" % struct.unpack(">Q", blob[:8]) + text
                blob = blob[8:]
            try:
                return Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob, text)
            except InvalidSignature:
                break
    sys.exit("signature of " + name)


proof, entry = open(sys.argv[1], encoding="utf-8").read(), open(sys.argv[2], "rb").read()
head, note, signatures = proof.split("\n\n")
first, index, *hashes = head.split("\n")
origin, size, root = note.split("\n")[:3]
index, size = int(index.removeprefix("index ")), int(size)
if first != "c2sp.org/tlog-proof@v1" or not 0 <= index < size:
    sys.exit("form")
for vkey in sys.argv[3:]:
    signed((note + "\n").encode(), signatures.removesuffix("\n").split("\n"), vkey)
# RFC 9162, section 2.1.3.2
fn, sn, r = index, size - 1, sha256(b"\x00" + entry)
for p in (base64.b64decode(h, validate=True) for h in hashes):
    if sn == 0:
        sys.exit("proof too long")
    if fn & 1 or fn == sn:
        r = sha256(b"\x01" + p + r)
        while not fn & 1 and fn:
            fn, sn = fn >> 1, sn >> 1
    else:
        r = sha256(b"\x01" + r + p)
    fn, sn = fn >> 1, sn >> 1
if sn or base64.b64encode(r).decode() != root or sys.argv[3].split("+")[0] != origin:
    sys.exit("inclusion")
print("OK")
