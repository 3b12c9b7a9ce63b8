"""Writes signed/: messages in the formats that are signed, made by other people's code, with the keys
that check them, and what is in them. All people and organisations are invented.

PyNaCl signs the Data Rights Protocol messages (libsodium, combined mode), PyJWT the tokens,
cryptography the OpenDSR bodies and the certificate, Python's hmac the rest. The private keys in
signed/private/ are for these tests only; they are made once and kept.

Run from this folder: python3 make_signed.py
"""
import base64, datetime, hashlib, hmac, importlib.metadata, json, pathlib, sys
import jwt, nacl.signing
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

here = pathlib.Path(__file__).parent
out = here / "signed"
private = out / "private"
private.mkdir(parents=True, exist_ok=True)

def load(name, make):
    path = private / f"{name}.pem"
    if not path.exists():
        path.write_bytes(make().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption()))
    return serialization.load_pem_private_key(path.read_bytes(), None)

ed = load("ed25519", ed25519.Ed25519PrivateKey.generate)
p256 = load("p256", lambda: ec.generate_private_key(ec.SECP256R1()))
rsa_key = load("rsa", lambda: rsa.generate_private_key(65537, 2048))
small = load("rsa-1024", lambda: rsa.generate_private_key(65537, 1024))
def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
def seed(key): return key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
agent = nacl.signing.SigningKey(seed(ed))

def certificate():
    path = private / "certificate.pem"
    if not path.exists():
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "controller.example")])
        day = datetime.datetime(2026, 1, 1)
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(rsa_key.public_key())
                .serial_number(7).not_valid_before(day).not_valid_after(day.replace(year=2036))
                .sign(rsa_key, hashes.SHA256()))
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path.read_text()

def jwk(key, algorithm):
    return {k: v for k, v in json.loads(algorithm.to_jwk(key.public_key())).items() if k in ("kty", "crv", "x", "y", "n", "e")}
A = jwt.algorithms

APP_SECRET = "shop-secret-for-tests"
META_SECRET = "meta-secret-for-tests"
keys = {"lethe-keys": 1, "recipient": {"drp": "EXAMPLE_SHOP", "opendsr": "unlearn.example"}, "keys": [
    {"format": "opendsr", "id": "controller.example", "pem": certificate()},
    {"format": "opendsr", "id": "other.example", "pem": public_pem(p256)},
    {"format": "drp", "id": "TEST_AGENT", "ed25519": base64.b64encode(agent.verify_key.encode()).decode(), "bearer": "token-for-tests"},
    {"format": "iab-ddrf", "id": "party-1", "issuer": "publisher.example", "jwk": jwk(ed, A.OKPAlgorithm)},
    {"format": "iab-ddrf", "id": "vendor-1", "issuer": "vendor.example", "jwk": jwk(p256, A.ECAlgorithm)},
    {"format": "iab-ddrf", "id": "vendor-2", "issuer": "vendor.example", "jwk": jwk(rsa_key, A.RSAAlgorithm)},
    {"format": "shopify", "id": "app", "secret": APP_SECRET},
    {"format": "meta", "id": "app", "secret": META_SECRET},
]}
(out / "keys.json").write_text(json.dumps(keys, indent=1) + "\n")
(out / "small-key.json").write_text(json.dumps({"lethe-keys": 1, "keys": [
    {"format": "opendsr", "id": "small", "pem": public_pem(small)}]}) + "\n")

def http(name, line, headers, body):
    # Line feeds, which tools leave alone; carriage returns are tested elsewhere.
    head = "\n".join([line] + [f"{k}: {v}" for k, v in headers.items()]) + "\n\n"
    (out / name).write_bytes(head.encode() + body)

# OpenDSR
email = "mara.velde@example.net"
dsr = {"regulation": "gdpr", "subject_request_id": "3f0c2a94-6f0e-4d0b-9a53-0d7c0f2b8e11", "subject_request_type": "erasure",
       "submitted_time": "2026-03-05T09:14:00Z", "api_version": "2.0",
       "subject_identities": [
           {"identity_type": "email", "identity_value": email, "identity_format": "raw"},
           {"identity_type": "email", "identity_value": hashlib.sha1(email.encode()).hexdigest(), "identity_format": "sha1"},
           {"identity_type": "email", "identity_value": hashlib.md5(email.encode()).hexdigest(), "identity_format": "md5"},
           {"identity_type": "controller_customer_id", "identity_value": hashlib.sha256(b"00042").hexdigest(), "identity_format": "sha256"}],
       "status_callback_urls": ["https://controller.example/opendsr/cb"],
       "extensions": {"unlearn.example": {"model_ids": ["support-lm"], "ground": "art17-1-b"}, "other.example": {"x": 1}}}
body = json.dumps(dsr).encode()
def dsr_headers(signature, domain=None):
    headers = {"Host": "unlearn.example", "Content-Type": "application/json", "Content-Length": len(body),
               "X-OpenDSR-Signature": base64.b64encode(signature).decode()}
    if domain: headers["X-OpenDSR-Processor-Domain"] = domain
    return headers
http("opendsr-rsa.http", "POST /requests HTTP/1.1",
     dsr_headers(rsa_key.sign(body, padding.PKCS1v15(), hashes.SHA256()), "controller.example"), body)
http("opendsr-p256.http", "POST /v2/requests HTTP/1.1", dsr_headers(p256.sign(body, ec.ECDSA(hashes.SHA256()))), body)

# Data Rights Protocol
drp = {"agent-id": "TEST_AGENT", "business-id": "EXAMPLE_SHOP", "issued-at": "2026-03-05T09:14:00.250000+00:00",
       "expires-at": "2026-03-05T09:24:00+00:00", "agent-request-id": "agent-17", "drp.version": "1.0", "exercise": "deletion",
       "regime": "ccpa", "relationships": ["customer", "marketing"], "status_callback": "https://agent.example/update_status",
       "name": "Mara Velde", "email": email, "email_verified": True, "phone_number": "+31205550142", "phone_number_verified": False,
       "address": {"street_address": "Keizersgracht 7\nachter", "locality": "Amsterdam", "postal_code": "1015", "country": "NL"}}
def drp_body(document): return base64.b64encode(agent.sign(document))
(out / "drp-deletion.txt").write_bytes(drp_body(json.dumps(drp).encode()) + b"\n")
bearer = {"Host": "pip.example", "Content-Type": "text/plain", "Authorization": "Bearer token-for-tests"}
http("drp-deletion.http", "POST /v1/data-rights-request HTTP/1.1", bearer, drp_body(json.dumps(drp).encode()))
http("drp-revoke.http", "DELETE /v1/data-rights-request/C-2026-0007 HTTP/1.1", bearer,
     drp_body(json.dumps({"reason": "I don't want my account deleted"}).encode()))
for name, change in {"access": {"exercise": "access"}, "opt-out": {"exercise": "sale:opt-out"}, "other-agent": {"agent-id": "ELSE"},
                     "other-business": {"business-id": "ELSE"}, "version": {"drp.version": "0.9.4"}, "long": {"expires-at": "2026-03-06T09:14:00Z"},
                     "no-claims": {"name": None, "email": None, "phone_number": None, "address": None}}.items():
    (out / f"drp-{name}.txt").write_bytes(drp_body(json.dumps({**drp, **change}).encode()))
# The protocol's own example, signed as it stands (it is no JSON), and with its placeholders filled in.
example = (here / "drp" / "01-2-01-post-v1-data-rights-request-data-rights-exercise-endpoi.txt").read_text()
(out / "drp-example.txt").write_bytes(drp_body(example.encode()))
filled = "\n".join(line for line in example.splitlines() if not line.strip().startswith("#"))
filled = filled.replace('"1.0"', '"1.0",').replace('"sale:opt-out"', '"deletion"').replace("update_status\"", "update_status\",\n  \"email\": \"" + email + '"')
filled = filled.replace("<ISO 8601 Timestamp>", "2026-03-05T09:14:00Z", 1).replace("<ISO 8601 Timestamp>", "2026-03-05T09:24:00Z")
json.loads(filled)
(out / "drp-example-filled.txt").write_bytes(drp_body(filled.encode()))

# IAB DDRF
def identity(**changes):
    return {"version": "1.0", "jti": "identity-17", "iss": "publisher.example", "iat": 1772702040,
            "sub": {"identifierValue": hashlib.sha256(email.encode()).hexdigest(), "identifierType": "email", "identifierFormat": "sha256"}, **changes}
def request(id_token, **changes):
    return {"version": "1.0", "idJWT": id_token, "jti": "transaction-1", "iss": "vendor.example", "iat": 1772702100,
            "sub": identity()["sub"], "optionalParameters": {"campaign": 7}, **changes}
def sign(claims, key, algorithm, kid, **headers): return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid, **headers})
inner = sign(identity(), ed, "EdDSA", "party-1")
tokens = {
    "es256": sign(request(inner), p256, "ES256", "vendor-1"),
    "rs256": sign(request(inner), rsa_key, "RS256", "vendor-2"),
    "unknown-key": sign(request(inner), p256, "ES256", "vendor-9"),
    "wrong-key": sign(request(inner), p256, "ES256", "vendor-2"),
    "wrong-inner-key": sign(request(sign(identity(), ed25519.Ed25519PrivateKey.from_private_bytes(b"7" * 32), "EdDSA", "party-1")), p256, "ES256", "vendor-1"),
    "other-issuer": sign(request(inner, iss="else.example"), p256, "ES256", "vendor-1"),
    "none": jwt.encode(request(inner), None, algorithm="none"),
    "hs256": jwt.encode(request(inner), "a-public-key-used-as-a-secret-000", algorithm="HS256", headers={"kid": "vendor-2"}),
    "critical": sign(request(inner), p256, "ES256", "vendor-1", crit=["exp"]),
    "future": sign(request(inner, iat=1893456000), p256, "ES256", "vendor-1"),
    "phone-type": sign(request(inner, sub={"identifierValue": "x", "identifierType": "shoe-size", "identifierFormat": "raw"}), p256, "ES256", "vendor-1"),
    "sha512": sign(request(inner, sub={"identifierValue": "x", "identifierType": "email", "identifierFormat": "sha512"}), p256, "ES256", "vendor-1"),
    "identity-alone": inner,
}
for name, token in tokens.items(): (out / f"ddrf-{name}.jwt").write_text(token)
# What the acknowledgement of ddrf-rs256.jwt has to be, signed with the RSA key (RS256 has one signature only).
def b64(data): return base64.urlsafe_b64encode(data).rstrip(b"=")
def compact(value): return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
def acknowledgement(jti, code, text=None):
    claims = {"version": "1.0", "rqJWT": tokens["rs256"], "jti": jti, "iss": "unlearn.example", "iat": 1772703000, "raResultCode": code}
    if text: claims["raResultString"] = text
    signed = b64(compact({"alg": "RS256", "kid": "ours-1", "typ": "JWT"})) + b"." + b64(compact(claims))
    token = signed + b"." + b64(rsa_key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
    jwt.decode(token, public_pem(rsa_key), algorithms=["RS256"], options={"verify_iat": False})
    return token
(out / "ddrf-rejection.acjwt").write_bytes(
    acknowledgement("rejection-" + hashlib.sha256(tokens["rs256"].encode()).hexdigest()[:12], 2, "the words"))

# Shopify, Meta
shop = {"shop_id": 954889, "shop_domain": "shop.example", "customer": {"id": 191167, "email": email, "phone": "555-625-1199"},
        "orders_to_redact": [299938, 280263, 220458]}
def shopify(name, topic, payload):
    data = json.dumps(payload).encode()
    code = base64.b64encode(hmac.new(APP_SECRET.encode(), data, hashlib.sha256).digest()).decode()
    http(name, "POST /webhooks HTTP/1.1", {"X-Shopify-Topic": topic, "X-Shopify-Hmac-SHA256": code,
         "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", "X-Shopify-Triggered-At": "2026-03-05T09:14:00.123Z"}, data)
shopify("shopify-redact.http", "customers/redact", shop)
shopify("shopify-data-request.http", "customers/data_request",
        {"shop_id": 954889, "shop_domain": "shop.example", "orders_requested": [1], "customer": shop["customer"], "data_request": {"id": 9999}})
shopify("shopify-shop.http", "shop/redact", {"shop_id": 954889, "shop_domain": "shop.example"})

def signed_request(payload, secret=META_SECRET):
    data = b64(json.dumps(payload).encode())
    return b64(hmac.new(secret.encode(), data, hashlib.sha256).digest()) + b"." + data
meta = {"algorithm": "HMAC-SHA256", "expires": 0, "issued_at": 1772702040, "user_id": "218471"}
(out / "meta-form.txt").write_bytes(b"signed_request=" + signed_request(meta))
(out / "meta-value.txt").write_bytes(signed_request(meta) + b"\n")
(out / "meta-expired.txt").write_bytes(signed_request({**meta, "expires": 1772702050}))
(out / "meta-algorithm.txt").write_bytes(signed_request({**meta, "algorithm": "HMAC-SHA1"}))
(out / "meta-wrong-secret.txt").write_bytes(signed_request(meta, "another-secret"))

versions = {"python": sys.version.split()[0], **{n: importlib.metadata.version(n) for n in ("PyNaCl", "PyJWT", "cryptography")}}
(out / "versions.json").write_text(json.dumps(versions) + "\n")
