"""Checks a certificate with securesystemslib (PyPI), without any code of Lethe.

usage: python3 verify_securesystemslib.py FILE KEY.pem [KEY.pem ...]

Every key has to have signed. Exit status: 0 they did; 1 they did not.
"""
import hashlib
import json
import sys

from cryptography.hazmat.primitives import serialization
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey


def load(path):
    with open(path, "rb") as file:
        public = serialization.load_pem_public_key(file.read())
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    # Certificates name their key by the digest of its DER form; the library goes by that name.
    return SSlibKey.from_crypto(public, keyid=hashlib.sha256(der).hexdigest())


if len(sys.argv) < 3:
    sys.exit(__doc__)
with open(sys.argv[1], encoding="utf-8") as file:
    envelope = Envelope.from_dict(json.load(file))
keys = [load(path) for path in sys.argv[2:]]
try:
    accepted = envelope.verify(keys, len(keys))
except VerificationError as error:
    sys.exit(f"NOT VALID: {error}")
for keyid in accepted:
    print(f"signed by {keyid}")
print(f"signed content (SHA-256): {hashlib.sha256(envelope.payload).hexdigest()}")
