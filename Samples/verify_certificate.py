#!/usr/bin/env python3
"""Checks a certificate of deletion without Lethe: signature, log, revocations and, if given, the model.
usage: verify_certificate.py FOLDER ISSUERS-KEY.pem [MODEL-FOLDER]     (Python 3.9 and `cryptography`)
It does not check whether the content supports the claim; `lethe certificate verify` does.
Exit status 0: all of it holds; 1: something does not; 2: it could not be checked."""
import base64, hashlib, json, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

def sha256(data): return hashlib.sha256(data).digest()
def need(holds, why):
    if not holds: raise ValueError(why)
def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a JSON member stands twice")
    return dict(pairs)
def load(data): return json.loads(data.decode("utf-8"), object_pairs_hook=unique)
def decode(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 that is not canonical")
    return data
def opened(path, key, kind):  # a DSSE envelope: its content, if the named key signed it
    envelope = load(path.read_bytes())
    payload, keyid = decode(envelope["payload"]), sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hex()
    need(envelope["payloadType"] == kind, f"{path.name} holds something else")
    need([row["keyid"] for row in envelope["signatures"]] == [keyid], f"{path.name} is not signed with this key alone")
    key.verify(decode(envelope["signatures"][0]["sig"]), b"DSSEv1 %d %s %d " % (len(kind), kind.encode(), len(payload)) + payload)
    return payload, keyid
def check_log(text, entry, vkey):  # RFC 6962 inclusion under a checkpoint that the log signed (C2SP)
    head, checkpoint, signatures = text.split("\n\n")
    (first, number, *path), (origin, size, root) = head.split("\n"), checkpoint.split("\n")
    name, key_hash, key = vkey.split("+", 2)
    index, last, node = int(number[6:]), int(size) - 1, sha256(b"\0" + entry)
    need((first, number, origin, size) == ("c2sp.org/tlog-proof@v1", f"index {index}", name, f"{last + 1}") and 0 <= index <= last, "the proof is malformed")
    for step in map(decode, path):
        need(last > 0, "the proof is too long")
        if index % 2 or index == last:
            node = sha256(b"\1" + step + node)
            while index and index % 2 == 0: index, last = index >> 1, last >> 1
        else: node = sha256(b"\1" + node + step)
        index, last = index >> 1, last >> 1
    need(last == 0 and node == decode(root), "it does not stand in the log")
    lines = [line.split(" ") for line in signatures.removesuffix("\n").split("\n")]
    need(signatures.endswith("\n") and all(len(line) == 3 and line[0] == "—" for line in lines), "the checkpoint is malformed")
    mine = [decode(line[2]) for line in lines if line[1] == name and decode(line[2])[:4].hex() == key_hash]
    need(len(mine) == 1, "the log did not sign the checkpoint")
    Ed25519PublicKey.from_public_bytes(decode(key)[1:]).verify(mine[0][4:], f"{checkpoint}\n".encode())
def check(folder, key, model=None):
    payload, keyid = opened(folder / "certificate.dsse.json", key, "application/vnd.in-toto+json")
    digest, certificate = sha256(payload).hex(), load(payload)["predicate"]
    need(load(payload)["predicateType"] == "https://lethe.dev/attestation/deletion/v2", "it is about something else")
    files = [(row["path"], row["digest"]) for row in certificate["model"]["files"]]
    need([row["digest"]["sha256"] for row in load(payload)["subject"][1:]] == [digest for _, digest in files], "its subjects are other files")
    need(certificate["requiredSignatureCount"] == 1, "it asks for several signatures; this script checks one")
    entry = {"keyID": keyid, "kind": "certificate", "sha256": digest, "type": "https://lethe.dev/log-entry/v1"}
    check_log((folder / "certificate.tlog-proof").read_bytes().decode(), json.dumps(entry, separators=(",", ":")).encode(), certificate["log"]["verifierKey"])
    revoked = load(opened(folder / "revocations.dsse.json", key, "application/vnd.lethe.revocations+json")[0])
    need(revoked["issuedAt"] >= certificate["issuedAt"], "the list of revocations is older than the certificate")
    need(digest not in [row["certificate"] for row in revoked["revocations"]], "the issuer took it back")
    for path, digest in files if model else []:
        need(not path.startswith("/") and ".." not in path.split("/") and sha256((Path(model) / path).read_bytes()).hex() == digest, f"{path} is another file")
    claim = ("partly " if certificate["claim"]["isPartial"] else "") + certificate["claim"]["level"]
    return f"valid: case {certificate['case']}, issuer states {claim}, not taken back as of {revoked['issuedAt']}"
if __name__ == "__main__":
    try: print(check(Path(sys.argv[1]), load_pem_public_key(Path(sys.argv[2]).read_bytes()), *sys.argv[3:4]))
    except (OSError, IndexError) as error: print(f"could not check: {error}", file=sys.stderr); sys.exit(2)
    except Exception as error: print(f"NOT VALID: {type(error).__name__}: {error}", file=sys.stderr); sys.exit(1)
