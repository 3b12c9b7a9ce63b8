"""Writes the fixtures that were made by another implementation than ours: certificates built as
plain dictionaries, encoded by Python's json and signed by pyca/cryptography. Deterministic."""
import base64
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"lethe fixture key 1").digest())
SPKI = KEY.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
KEY_ID = hashlib.sha256(SPKI).hexdigest()
TYPE = "application/vnd.in-toto+json"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


FILES = [{"path": "config.json", "digest": digest("config")},
         {"path": "model.safetensors", "digest": digest("after")}]


def subjects(name="assistant \u00e9"):
    listing = "".join(f"{file['digest']}  {file['path']}\n" for file in FILES)
    return ([{"name": name, "digest": {"sha256": digest(listing)}}]
            + [{"name": f"{name}/{file['path']}", "digest": {"sha256": file["digest"]}} for file in FILES])


def check(id, family, title, outcome, measurements):
    return {"id": id, "family": family, "title": title, "outcome": outcome,
            "measurements": measurements}


def predicate():
    salt = digest("salt")
    return {
        "case": "C-2026-0007",
        "issuedAt": "2026-03-05T09:14:00Z",
        "claim": {"level": "approximately-unlearned", "isPartial": True},
        "regime": "gdpr-eu",
        "ground": "art17-1-b",
        "receivedAt": "2026-02-20T08:00:00Z",
        "deadline": {"start": "2026-02-20", "due": "2026-03-20", "dueAt": "2026-03-20T23:59:59Z",
                     "timeZone": "UTC", "isKept": True},
        "salt": salt,
        "requestDigest": digest(salt + '{"lethe":1}'),
        "subject": {"commitments": [digest("commitment")]},
        "scope": {"corpora": ["people"], "recordCount": 6, "shardDigests": [digest("shard")],
                  "searchKeys": {"email": 1}, "notSearched": [],
                  "indexDigest": digest("index"), "recordSetDigest": digest("records")},
        "model": {"name": "assistant \u00e9", "before": digest("before"), "after": digest("after"),
                  "family": "llama", "parameterCount": 1069056, "format": "safetensors",
                  "trainingRuns": ["run-1"], "files": list(FILES)},
        "method": {"id": "npo", "class": "approximate", "classText": "approximately unlearned",
                   "version": "1", "parameters": {"beta": 0.1, "steps": 60, "schedule": "cosine",
                                                  "clip": True},
                   "seed": 18446744073709551615, "runID": "run-3", "casesInRun": 1,
                   "startedAt": "2026-03-04T09:00:00Z", "finishedAt": "2026-03-04T09:10:00Z",
                   "parametersDigest": digest(
                       '{"beta":0.1,"clip":true,"schedule":"cosine","steps":60}'),
                   "environmentDigest": digest("{}"),
                   "attempts": [], "lineageFacts": {}},
        "verification": {
            "schema": "lethe.verification.v1", "modelBefore": digest("before"),
            "modelAfter": digest("after"), "policyDigest": digest("policy"), "seed": 7,
            "checks": [
                check("forget-values", "forget", "Are the values as likely as other people's?",
                      "passed", [{"name": "p-low", "value": 0.335, "threshold": 0.005,
                                  "direction": "above", "interval": [0.27, 0.405],
                                  "intervalKind": "95 % Clopper-Pearson"}]),
                check("attack-loss", "attack", "Does the loss give the person away?", "passed",
                      [{"name": "p", "value": 0.52, "threshold": 0.005, "direction": "above"}]),
            ],
            "twinSource": "held-out persons", "twinCount": 199, "testedFields": ["phone"],
            "untestedFields": {"email": "follows from the name"}, "notTested": ["ledger"],
            "environment": {"core": "haswell"}},
        "gates": {"forget-values": ["p-low"], "attack-loss": ["p"]},
        "policy": {"name": "default", "digest": digest("policy")},
        "attackCoverage": [
            {"class": "attribute-inference", "status": "run", "checks": ["forget-values"]},
            {"class": "membership-inference", "status": "run", "checks": ["attack-loss"]},
            {"class": "exfiltration", "status": "not-run", "checks": []},
            {"class": "regurgitation", "status": "not-run", "checks": []},
            {"class": "model-inversion", "status": "not-applicable", "checks": []},
            {"class": "reconstruction", "status": "not-run", "checks": []}],
        "notTested": ["Paraphrases and other languages."],
        "validations": [{"by": "Example GmbH", "role": "issuer", "at": "2026-03-05T09:14:00Z"}],
        "requiredSignatureCount": 1,
        "sanitization": {"model": "assistant \u00e9", "serialNumber": digest("before"),
                         "propertyNumber": "C-2026-0007",
                         "mediaType": "weights of a language model (llama, safetensors)",
                         "mediaSource": "run-1",
                         "method": "partial: approximately-unlearned", "technique": "npo 1",
                         "tool": "lethe 0.1.0",
                         "verificationMethod": "tests of the model after, held against those of the "
                                               "model before",
                         "dataBackup": "copies that remain: 1",
                         "people": [{"name": "Example GmbH", "part": "validation",
                                     "at": "2026-03-05T09:14:00Z"}]},
        "copies": [{"kind": "dataset", "what": "original shard files", "disposition": "kept"}],
        "recipients": [], "exceptions": [], "residuals": [],
        "notRecorded": ["identity", "investigation", "log", "model.releaseContext", "organisation",
                        "sanitization.destination", "scope.searchRecall", "supersedes",
                        "tool.buildDigest"],
        "limitations": ["Approximate."],
        "operator": "Example GmbH",
        "tool": {"name": "lethe", "version": "0.1.0"},
        "aFieldOfALaterVersion": {"nested": [1, None]},
    }


def statement(**changes):
    value = {"_type": "https://in-toto.io/Statement/v1",
             "subject": subjects(),
             "predicateType": "https://lethe.dev/attestation/deletion/v2",
             "predicate": predicate()}
    value.update(changes)
    return value


def envelope(value, encode=base64.b64encode, type=TYPE, indent=None, ascii=False):
    body = json.dumps(value, ensure_ascii=ascii, indent=indent).encode()
    pae = b"DSSEv1 %d %s %d %s" % (len(type), type.encode(), len(body), body)
    return {"payloadType": type, "payload": encode(body).decode(),
            "signatures": [{"sig": encode(KEY.sign(pae)).decode(), "keyid": KEY_ID}]}


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1) + "\n")


write("python.dsse.json", envelope(statement()))
write("python-urlsafe.dsse.json",
      envelope(statement(), encode=base64.urlsafe_b64encode, indent=2))
unpadded = envelope(statement(), encode=lambda b: base64.urlsafe_b64encode(b).rstrip(b"="))
unpadded["unknownMember"] = True
write("python-unpadded.dsse.json", unpadded)

failing = predicate()
failing["verification"]["checks"][1]["outcome"] = "failed"
failing["verification"]["checks"][1]["measurements"][0]["value"] = 0.005
exact = json.loads(json.dumps(failing))
exact["method"].update({"id": "retrain", "class": "exact", "classText": "exactly retrained",
                        "lineageFacts": {"planDigest": digest("plan")}})
exact["method"]["environmentDigest"] = digest(
    json.dumps(exact["method"]["lineageFacts"], separators=(",", ":")))
exact["sanitization"].update({"method": "partial: exactly-retrained", "technique": "retrain 1"})
exact["claim"]["level"] = "exactly-retrained"
exact["notRecorded"].remove("investigation")
exact["investigation"] = {"closedBy": "Example GmbH", "closedAt": "2026-03-05T09:00:00Z",
                          "reason": "Scope complete; likely by accident.",
                          "failedChecks": ["attack-loss"]}
write("python-investigation.dsse.json", envelope(statement(predicate=exact)))

bare = predicate()
bare["model"]["files"][1] = {"path": "model.safetensors", "digest": digest("another")}
hostile = {
    "outcome-failed": statement(predicate=failing),
    "statement-type": statement(_type="https://in-toto.io/Statement/v0.1"),
    "predicate-type": statement(predicateType="https://slsa.dev/provenance/v1"),
    "subject-missing": statement(subject=[]),
    "subject-upper-case": statement(
        subject=[{"name": "assistant \u00e9", "digest": {"sha256": digest("after").upper()}}]),
    "subject-other-algorithm": statement(
        subject=[{"name": "assistant \u00e9", "digest": {"sha1": digest("after")[:40]}}]),
    "subject-other-model": statement(
        subject=[{"name": "assistant \u00e9", "digest": {"sha256": digest("another")}}]),
    "predicate-other-model": statement(predicate=bare),
    "predicate-empty": statement(predicate={}),
    "not-an-object": ["nothing"],
}
write("python-signed-but-wrong.json",
      {name: envelope(value) for name, value in sorted(hostile.items())}
      | {"payload-type": envelope(statement(), type="application/json")})
(HERE / "python-public-key.pem").write_bytes(KEY.public_key().public_bytes(
    s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))
write("python-expected.json", {"keyID": KEY_ID, "requestDigest": predicate()["requestDigest"],
                               "salt": predicate()["salt"], "after": digest("after")})

RFC8032 = [
    ("TEST 1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"),
    ("TEST 2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("TEST 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"),
    ("TEST SHA(abc)", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
     "ebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431"
     "e0303dca179c138ac17ad9bef1177331a704"),
]
vectors = []
for name, seed, message, signature in RFC8032:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    assert key.sign(bytes.fromhex(message)).hex() == signature
    public = key.public_key().public_bytes(s.Encoding.Raw, s.PublicFormat.Raw).hex()
    vectors.append({"name": name, "seed": seed, "publicKey": public, "message": message,
                    "signature": signature})
write("rfc8032-ed25519.json", vectors)
