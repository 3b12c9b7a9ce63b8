#!/usr/bin/env python3
"""Checks a certificate of deletion without Lethe: signature, log, revocations and, if given, the model.

    Samples/verify_certificate.py FOLDER ISSUERS-KEY.pem [MODEL-FOLDER]

Needs Python 3.9 and `cryptography`. Exit status 0: all holds; 1: something does not; 2: could not check.
"""
import base64, hashlib, json, sys
from pathlib import Path
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sha256 = lambda data: hashlib.sha256(data).digest()
def need(holds, why):
    if not holds: sys.exit(f"NOT VALID: {why}")
def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a JSON member stands twice")
    return dict(pairs)
def load(data): return json.loads(data.decode("utf-8"), object_pairs_hook=unique)
def decode(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 that is not canonical")
    return data

def opened(path, key, kind):
    """The content of a DSSE envelope, if the key signed it and the envelope says so."""
    envelope = load(path.read_bytes())
    payload, found = decode(envelope["payload"]), False
    need(envelope["payloadType"] == kind, f"{path.name} holds something else")
    keyid = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hex()
    for signature in envelope["signatures"]:
        if signature["keyid"] == keyid:
            key.verify(decode(signature["sig"]), b"DSSEv1 %d %s %d " % (len(kind), kind.encode(), len(payload)) + payload)
            found = True
    need(found, f"{path.name} is not signed with this key")
    return payload, keyid

def check_log(text, entry, vkey):
    """RFC 6962 inclusion of the entry under a checkpoint signed with the log's key (C2SP tlog-proof)."""
    head, _, note = text.partition("\n\n")
    first, index, *path = head.split("\n")
    body, _, signatures = note.partition("\n\n")
    origin, size, root = (body + "\n").split("\n")[:3]
    name, key_hash, key = vkey.split("+", 2)
    need(first == "c2sp.org/tlog-proof@v1" and index.startswith("index ") and origin == name, "the proof is malformed")
    index, last, node = int(index[6:]), int(size) - 1, sha256(b"\0" + entry)
    need(f"{index}" == head.split("\n")[1][6:] and f"{last + 1}" == size and 0 <= index <= last, "the proof is malformed")
    for step in map(decode, path):
        need(last > 0, "the proof is too long")
        if index % 2 or index == last:
            node = sha256(b"\1" + step + node)
            while index % 2 == 0 and index: index, last = index >> 1, last >> 1
        else: node = sha256(b"\1" + node + step)
        index, last = index >> 1, last >> 1
    need(last == 0 and node == decode(root), "the entry is not in the log")
    need(note.endswith("\n"), "the checkpoint is cut off")
    lines = [line.split(" ") for line in signatures[:-1].split("\n")]
    need(all(len(line) == 3 and line[0] == "—" for line in lines), "the checkpoint is malformed")
    mine = [decode(line[2]) for line in lines if line[1] == name and decode(line[2])[:4].hex() == key_hash]
    need(mine, "the checkpoint is not signed by the log")
    for signature in mine: Ed25519PublicKey.from_public_bytes(decode(key)[1:]).verify(signature[4:], (body + "\n").encode())

def main(folder, key_file, model=None):
    key = load_pem_public_key(Path(key_file).read_bytes())
    payload, keyid = opened(folder / "certificate.dsse.json", key, "application/vnd.in-toto+json")
    statement, digest = load(payload), sha256(payload).hex()
    certificate = statement["predicate"]
    need(statement["predicateType"] == "https://lethe.dev/attestation/deletion/v2", "it is not about a deletion")
    need(certificate["requiredSignatureCount"] == 1, "it asks for several signatures: use `lethe certificate verify`")
    entry = {"keyID": keyid, "kind": "certificate", "sha256": digest, "type": "https://lethe.dev/log-entry/v1"}
    check_log((folder / "certificate.tlog-proof").read_text("utf-8", newline=""), json.dumps(entry, separators=(",", ":")).encode(), certificate["log"]["verifierKey"])
    revoked = load(opened(folder / "revocations.dsse.json", key, "application/vnd.lethe.revocations+json")[0])
    need(digest not in [row["certificate"] for row in revoked["revocations"]], "the issuer took it back")
    for file in certificate["model"]["files"] if model else []:
        need(sha256((Path(model) / file["path"]).read_bytes()).hex() == file["digest"], f"{file['path']} is another file")
    print(f"valid: case {certificate['case']}, {certificate['claim']['level']}, not taken back as of {revoked['issuedAt']}")

if __name__ == "__main__":
    try: main(Path(sys.argv[1]), *sys.argv[2:4])
    except (OSError, IndexError) as error: print(f"could not check: {error}", file=sys.stderr); sys.exit(2)
    except SystemExit: raise
    except Exception as error: sys.exit(f"NOT VALID: {type(error).__name__} {error}")
