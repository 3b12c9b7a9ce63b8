/// The commands that check a certificate with programs that most machines have, as page and notes print
/// them. A test runs them as they stand here.
enum VerificationCommands {
    static let extractPayload =
        "jq -j .payload certificate.dsse.json | base64 -d > statement.json"
    static let extractSignature =
        "jq -j '.signatures[0].sig' certificate.dsse.json | base64 -d > statement.sig"
    /// From a file: openssl refuses to take what it verifies from a pipe.
    static let verify =
        "{ printf 'DSSEv1 \(Statement.payloadType.utf8.count) \(Statement.payloadType) %d ' "
        + "$(wc -c < statement.json); cat statement.json; } > statement.pae && "
        + "openssl pkeyutl -verify -pubin -inkey lethe-public-key.pem -rawin -in statement.pae "
        + "-sigfile statement.sig"
    static let keyID =
        "openssl pkey -pubin -in lethe-public-key.pem -outform DER | openssl dgst -sha256"
    /// For machines without OpenSSL 3.
    static let ssh =
        "ssh-keygen -Y verify -f allowed_signers -I \(CertificateBundle.signerIdentity) "
        + "-n \(SSHSignature.certificateNamespace) -s statement.json.sig < statement.json"
    static let lethe = "lethe certificate verify . --key ISSUERS-KEY.pem"

    /// What a page prints, in this order. The catalogues say under `recipe.ID` what each is for.
    static let steps: [(id: String, command: String)] = [
        ("payload", extractPayload), ("signature", extractSignature), ("verify", verify),
        ("key", keyID), ("ssh", ssh),
    ]
}
