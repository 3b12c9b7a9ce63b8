/// `verify.sh`: checks a bundle with POSIX tools and OpenSSL 3.
///
/// The signed bytes are built from the envelope itself. The script writes the envelope anew from
/// what it read and compares it with the file: so no second `payload`, no odd escape and no changed
/// byte can make it check something else than a JSON parser would read.
let verificationScript = #"""
    #!/bin/sh
    # Checks the signature of certificate.dsse.json with OpenSSL 3.
    #
    # usage: sh verify.sh [PUBLIC-KEY.pem]
    #
    # Exit status: 0 the signature is good; 1 it is not; 2 it could not be checked.
    set -eu
    LC_ALL=C
    export LC_ALL

    folder=$(cd "$(dirname "$0")" && pwd)
    certificate=$folder/certificate.dsse.json
    key=${1:-$folder/lethe-public-key.pem}
    type=application/vnd.in-toto+json

    failed() {
        printf 'NOT VALID: %s\n' "$1" >&2
        exit 1
    }

    unable() {
        printf 'Could not check: %s\n' "$1" >&2
        exit 2
    }

    [ -r "$certificate" ] || unable "$certificate cannot be read."
    [ -r "$key" ] || unable "$key cannot be read."
    command -v openssl > /dev/null || unable "openssl is not installed."
    case $(openssl version) in
        "OpenSSL "[012].* | LibreSSL*) unable "OpenSSL 3 is needed; this is $(openssl version)." ;;
    esac
    work=$(mktemp -d) || unable "no temporary folder can be made."
    trap 'rm -rf "$work"' EXIT
    trap 'exit 2' HUP INT TERM

    # 1. Read the members of the envelope, one a line; there may be several signatures.
    payload=$(sed -n 's/^  "payload": "\([A-Za-z0-9+/=]*\)",$/\1/p' "$certificate")
    keyids=$(sed -n 's/^      "keyid": "\([0-9a-f]*\)",$/\1/p' "$certificate")
    signatures=$(sed -n 's/^      "sig": "\([A-Za-z0-9+/=]*\)"$/\1/p' "$certificate")
    count=$(printf '%s\n' "$keyids" | wc -l)
    item() { printf '%s\n' "$1" | sed -n "$2p"; }
    {
        printf '{\n  "payload": "%s",\n  "payloadType": "%s",\n' "$payload" "$type"
        printf '  "signatures": [\n'
        index=1
        while [ $index -le $((count)) ]; do
            [ $index -eq 1 ] || printf ',\n'
            printf '    {\n      "keyid": "%s",\n' "$(item "$keyids" $index)"
            printf '      "sig": "%s"\n    }' "$(item "$signatures" $index)"
            index=$((index + 1))
        done
        printf '\n  ]\n}\n'
    } > "$work/envelope"
    cmp -s "$work/envelope" "$certificate" ||
        failed "certificate.dsse.json is not as it was issued."

    # 2. The envelope must name the key it is checked with.
    openssl pkey -pubin -in "$key" -outform DER > "$work/key" 2> "$work/log" ||
        failed "$key is not a public key."
    keyid=$(openssl dgst -sha256 -r "$work/key")
    keyid=${keyid%% *}
    index=$(printf '%s\n' "$keyids" | grep -n -x "$keyid" | sed -n '1s/:.*//p')
    [ -n "$index" ] || failed "it was signed with another key, $(item "$keyids" 1)."
    signature=$(item "$signatures" "$index")

    # 3. Decode payload and signature; encoding again must give the same text.
    printf '%s\n' "$payload" | fold -w 64 | openssl base64 -d > "$work/statement" 2> "$work/log" ||
        failed "the payload is not base64."
    printf '%s\n' "$signature" | fold -w 64 | openssl base64 -d > "$work/sig" 2> "$work/log" ||
        failed "the signature is not base64."
    [ "$(openssl base64 -A -in "$work/statement")" = "$payload" ] ||
        failed "the payload is not proper base64."
    [ "$(openssl base64 -A -in "$work/sig")" = "$signature" ] ||
        failed "the signature is not proper base64."

    # It may ask for more signatures than it has.
    needed=$(sed -n 's/^ *"requiredSignatureCount" : \([0-9][0-9]*\),*$/\1/p' "$work/statement")
    [ "${needed:-1}" -le "$((count))" ] ||
        failed "it asks for $needed signatures and has $((count))."

    # 4. Check the signature over "DSSEv1 <len> <type> <len> <payload>".
    size=$(wc -c < "$work/statement")
    {
        printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$size"
        cat "$work/statement"
    } > "$work/pae"
    openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/pae" \
        -sigfile "$work/sig" > "$work/log" 2>&1 ||
        failed "the signature does not match the content."

    content=$(openssl dgst -sha256 -r "$work/statement")
    printf 'Signature verified successfully.\n'
    printf 'Signed content (SHA-256): %s\n' "${content%% *}"
    printf 'Key (SHA-256):            %s\n' "$keyid"
    printf '%s\n' "$keyids" | grep -v -x "$keyid" | while read -r other; do
        printf 'Also signed by (not checked): %s\n' "$other"
    done
    if [ $# -eq 0 ]; then
        printf 'The key came with the certificate: compare its id with the one that the issuer\n'
        printf 'publishes.\n'
    fi

    """#
