"""Reads a certificate's Sigstore bundle with Sigstore's own message definitions
(sigstore-protobuf-specs, PyPI) and checks its signature, without any code of Lethe.

usage: python3 verify_sigstore_bundle.py FILE KEY.pem

Exit status: 0 the bundle is complete and signed by the key; 1 it is not.
"""
import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from sigstore_protobuf_specs.dev.sigstore.bundle.v1 import Bundle

if len(sys.argv) != 3:
    sys.exit(__doc__)
with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
with open(sys.argv[2], "rb") as file:
    key = serialization.load_pem_public_key(file.read())
der = key.public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
bundle = Bundle.from_dict(document)
if bundle.to_dict() != document:
    sys.exit("NOT VALID: a member is unknown to the format, or in another form")
if bundle.media_type != "application/vnd.dev.sigstore.bundle.v0.3+json":
    sys.exit("NOT VALID: another media type")
hint = base64.b64encode(hashlib.sha256(der).digest()).decode()
if bundle.verification_material.public_key.hint != hint:
    sys.exit("NOT VALID: the hint names another key")
envelope = bundle.dsse_envelope
if len(envelope.signatures) != 1:
    sys.exit("NOT VALID: not exactly one signature")
kind = envelope.payload_type.encode()
signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(envelope.payload), envelope.payload)
try:
    key.verify(envelope.signatures[0].sig, signed)
except InvalidSignature:
    sys.exit("NOT VALID: the signature does not match")
print(f"signed by {envelope.signatures[0].keyid}")
