import Domain

extension CertificateBundle {
    /// `README.txt`: what the files are, how to check them, and what that proves.
    var notes: String {
        let certificate = verified.certificate
        return """
            CERTIFICATE OF DELETION, CASE \(certificate.caseID)

            \(list)

            Claim: \(certificate.claim.isPartial ? "partly " : "")\(certificate.claim.level.text)
            Method: \(certificate.method.id), \(certificate.method.methodClass.text)
            Model after the deletion (SHA-256): \(certificate.model.after)
            Signed content (SHA-256):           \(verified.payloadDigest)
            Key (SHA-256 of its DER form):      \(verified.key.keyID)

            CHECK IT
            With OpenSSL 3, jq and base64, in this folder:

                \(VerificationCommands.extractPayload)

                \(VerificationCommands.extractSignature)

                \(VerificationCommands.verify)

            The last prints "Signature Verified Successfully", and statement.json holds what was signed.
            `sh verify.sh` does the same and needs OpenSSL 3 alone.

            With OpenSSH, where OpenSSL is older than 3 (macOS):

                \(VerificationCommands.ssh)

            With Lethe, which also checks the log, revocations and, with --model FOLDER, the model:

                \(VerificationCommands.lethe)

            WHOSE KEY IS IT
            Anybody can make a key and sign. Compare the key with the one the issuer publishes:

                \(VerificationCommands.keyID)

            If you have the issuer's key as a file: sh verify.sh issuers-key.pem

            DOES IT STILL STAND
            A certificate can be taken back. \(BundleFile.revocations) says what was taken back until
            it was made; ask the issuer for the present one.

            WHAT IT PROVES
            The holder of the key states what is in statement.json, and it was not changed since. It is
            about one model, named by its digest, and the records that were found. What was not tested,
            and which copies still exist, stands in the certificate itself.

            """
    }

    private var list: String {
        var rows: [(String, String)] = [
            (BundleFile.envelope, "the certificate: a signed statement (in-toto, DSSE, Ed25519)"),
            (BundleFile.page, "the same for reading, in English; not signed"),
            (BundleFile.page(.german), "the same in German"),
            (BundleFile.statement, "the signed content by itself"),
            (BundleFile.publicKey, "the key the signature is checked with"),
            (BundleFile.script, "checks the signature"),
            (BundleFile.schema, "JSON Schema of the content"),
        ]
        if sshSignature != nil {
            rows.append((BundleFile.sshSignature, "a signature of the content for ssh-keygen"))
            rows.append((BundleFile.allowedSigners, "the key in the form of OpenSSH"))
        }
        if verified.envelope.signatures.count == 1 {
            rows.append((BundleFile.sigstore, "the certificate as a Sigstore bundle, for cosign"))
        }
        if logProof != nil {
            rows.append((BundleFile.logEntry, "what stands in the log about it"))
            rows.append((BundleFile.logProof, "the proof that it stands there"))
        }
        if revocations != nil { rows.append((BundleFile.revocations, "what was taken back")) }
        if keyHistory != nil {
            rows.append((BundleFile.keyHistory, "the issuer's keys and their dates"))
        }
        if timestamp != nil { rows.append((BundleFile.timestamp, "a time-stamp (RFC 3161)")) }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, words in
            name + String(repeating: " ", count: width - name.count + 2) + words
        }.joined(separator: "\n")
    }
}
