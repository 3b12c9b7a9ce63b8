/// The commands that check a certificate with OpenSSL alone, as page and notes print them.
enum VerificationCommands {
    static let extractPayload =
        #"sed -n 's/^  "payload": "\(.*\)",$/\1/p' certificate.dsse.json | "#
        + "openssl base64 -d -A > statement.json"
    static let extractSignature =
        #"sed -n 's/^      "sig": "\(.*\)"$/\1/p' certificate.dsse.json | "#
        + "openssl base64 -d -A > statement.sig"
    static let verify =
        "{ printf 'DSSEv1 \(Statement.payloadType.utf8.count) \(Statement.payloadType) %d ' "
        + "$(wc -c < statement.json); cat statement.json; } > statement.pae && "
        + "openssl pkeyutl -verify -pubin -inkey lethe-public-key.pem -rawin -in statement.pae "
        + "-sigfile statement.sig"
    static let keyID =
        "openssl pkey -pubin -in lethe-public-key.pem -outform DER | openssl dgst -sha256"

    /// What a page prints, in this order. The catalogues say under `recipe.ID` what each is for.
    static let steps: [(id: String, command: String)] = [
        ("payload", extractPayload), ("signature", extractSignature), ("verify", verify),
        ("key", keyID),
    ]
}
