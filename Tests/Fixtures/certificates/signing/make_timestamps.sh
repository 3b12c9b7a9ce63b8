#!/bin/sh
# Makes a test authority and its time-stamps of statement.json with OpenSSL 3. Not deterministic:
# keys, serial numbers and the time are new each run. The keys are thrown away.
# usage: sh make_timestamps.sh   (in this folder)
set -eu
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp statement.json "$work"
cd "$work"
cat > tsa.cnf << 'CONF'
[req]
distinguished_name = name
prompt = no
[name]
O = Lethe test fixtures
CN = Test authority
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa_cert]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = fixture
[fixture]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
other_policies = 1.3.6.1.4.1.99999.2
digests = sha1, sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
CONF
echo 0A1B2C > serial
new() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
new ca
new tsa
openssl req -x509 -new -key ca.key -days 36500 -config tsa.cnf -extensions ca -out ca.pem
openssl req -new -key tsa.key -config tsa.cnf -subj "/O=Lethe test fixtures/CN=Time" -out tsa.csr
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 \
    -extfile tsa.cnf -extensions tsa_cert -out tsa.pem
for hash in sha1 sha256 sha384 sha512; do
    openssl ts -query -data statement.json -$hash -cert -out $hash.tsq
    openssl ts -reply -config tsa.cnf -queryfile $hash.tsq -out $hash.tsr
done
openssl ts -reply -in sha512.tsr -token_out -out sha512.tst
# A refused query: the authority does not take this digest.
openssl ts -query -data statement.json -sm3 -out refused.tsq
openssl ts -reply -config tsa.cnf -queryfile refused.tsq -out refused.tsr || true
cp ca.pem "$here/tsa-ca.pem"
cp sha1.tsr sha256.tsq sha256.tsr sha384.tsr sha512.tst refused.tsr "$here"
for hash in sha256 sha384; do
    openssl ts -reply -in $hash.tsr -text > "$here/$hash.txt" 2> log || cat log
done
openssl ts -verify -data statement.json -in sha256.tsr -CAfile ca.pem
openssl ts -verify -data statement.json -in sha512.tst -token_in -CAfile ca.pem
