"""Writes signatures and key histories made by other programs than ours: pyca/cryptography and
ssh-keygen. Deterministic: the keys come from published seeds and sign fixtures only.

usage: python3 make_signatures.py   (needs cryptography and OpenSSH 8.1 or newer)
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent
STATEMENT = (HERE / "statement.json").read_bytes()


class Key:
    def __init__(self, name):
        seed = hashlib.sha256(name.encode()).digest()
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self.private.public_key()
        self.spki = public.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
        self.pem = public.public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
        self.id = hashlib.sha256(self.spki).hexdigest()
        self.base64 = base64.b64encode(self.spki).decode()


def envelope(body, type, keys):
    pae = b"DSSEv1 %d %s %d %s" % (len(type), type.encode(), len(body), body)
    return {"payload": base64.b64encode(body).decode(), "payloadType": type,
            "signatures": [{"keyid": k.id, "sig": base64.b64encode(k.private.sign(pae)).decode()}
                           for k in keys]}


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


issuer, second, approver, log = (Key(f"lethe fixture {n}") for n in
                                 ("issuer", "second issuer", "approver", "log"))
for name, key in [("issuer", issuer), ("approver", approver)]:
    (HERE / f"{name}.pem").write_bytes(key.pem)
cosigned = envelope(STATEMENT, "application/vnd.in-toto+json", [issuer, approver])
(HERE / "cosigned.dsse.json").write_text(json.dumps(cosigned, indent=1) + "\n")

bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
          "verificationMaterial": {"publicKey": {"hint": base64.b64encode(
              hashlib.sha256(issuer.spki).digest()).decode()}, "tlogEntries": []},
          "dsseEnvelope": envelope(STATEMENT, "application/vnd.in-toto+json", [issuer])}
(HERE / "python.sigstore.json").write_text(json.dumps(bundle, indent=1) + "\n")

# A key history: an issuer, an approver, a log; the issuer's key is rotated with an overlap of a
# week, and a month later declared compromised since the tenth.
chain = []


def state(change, keys, **members):
    if chain:
        members["previous"] = hashlib.sha256(base64.b64decode(chain[-1]["payload"])).hexdigest()
    body = canonical({"_type": "https://lethe.dev/key-statement/v1", "change": change, **members})
    chain.append(envelope(body, "application/vnd.lethe.key-statement+json", keys))


def history(keys):
    return canonical({"keys": keys, "statements": chain,
                      "type": "https://lethe.dev/key-history/v1"}) + b"\n"


def entry(key, role, start, **members):
    return {"keyID": key.id, "notBefore": start, "publicKey": key.base64, "role": role, **members}


JANUARY, MARCH, APRIL = "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"
state("introduced", [issuer], at=JANUARY, publicKey=issuer.base64, role="issuer")
state("introduced", [issuer, approver], at=JANUARY, publicKey=approver.base64, role="approver")
state("introduced", [log, issuer], at=JANUARY, publicKey=log.base64, role="log")
others = [entry(approver, "approver", JANUARY), entry(log, "log", JANUARY)]
(HERE / "key-history-old.json").write_bytes(history([entry(issuer, "issuer", JANUARY), *others]))
state("rotated", [issuer, second], at=MARCH, publicKey=second.base64, replaces=issuer.id,
      overlapEndsAt="2026-03-08T00:00:00Z")
new = entry(second, "issuer", MARCH, replaces=issuer.id)
old = entry(issuer, "issuer", JANUARY, notAfter="2026-03-08T00:00:00Z")
(HERE / "key-history-rotated.json").write_bytes(history([old, *others, new]))
state("revoked", [second], at=APRIL, keyID=issuer.id, reason="compromised",
      revokedAt="2026-02-10T00:00:00Z")
old |= {"revocationReason": "compromised", "revokedAt": "2026-02-10T00:00:00Z"}
(HERE / "key-history.json").write_bytes(history([old, *others, new]))
(HERE / "expected.json").write_text(json.dumps(
    {"issuer": issuer.id, "second": second.id, "approver": approver.id, "log": log.id},
    indent=1) + "\n")

with tempfile.TemporaryDirectory() as work:
    path = os.path.join(work, "key")
    with open(path, "wb", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write(issuer.private.private_bytes(
            s.Encoding.PEM, s.PrivateFormat.OpenSSH, s.NoEncryption()))
    for name, namespace in [("statement.json.sig", "certificate@lethe.dev"),
                            ("other-namespace.sig", "file")]:
        (HERE / name).write_bytes(subprocess.run(
            ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", path], input=STATEMENT,
            capture_output=True, check=True).stdout)
    (HERE / "issuer.pub").write_bytes(issuer.private.public_key().public_bytes(
        s.Encoding.OpenSSH, s.PublicFormat.OpenSSH) + b"\n")
