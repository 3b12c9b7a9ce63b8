import Domain
import Foundation

/// The names of the files of an exported certificate.
package enum BundleFile {
    package static let envelope = "certificate.dsse.json"
    package static let page = "certificate.html"
    package static let publicKey = "lethe-public-key.pem"
    package static let script = "verify.sh"
    package static let notes = "README.txt"
}

/// Writes everything a stranger needs to read and check a certificate: the signed envelope, the
/// page, the public key, a script that needs only OpenSSL 3, and notes.
///
/// Exporting the same certificate again replaces the files by equal ones; a retry after a crash
/// completes a partial export, and the envelope is written last.
/// - Returns: the files written.
/// - Throws: `bundle-exists` if the folder holds another certificate; `file-not-written`.
@discardableResult
package func exportBundle(_ verified: VerifiedCertificate, to folder: URL) throws -> [URL] {
    let envelopeURL = folder.appendingPathComponent(BundleFile.envelope)
    let envelope = verified.envelope.encoded()
    if let present = try? Data(contentsOf: envelopeURL), present != envelope {
        throw CertificateError(
            .bundleExists, "\(folder.path) holds another certificate; it was left as it is.",
            details: ["path": folder.path], remedy: "Export to an empty folder.")
    }
    let files: [(name: String, content: Data, permissions: Int)] = [
        (BundleFile.page, Data(renderHTML(verified).utf8), 0o644),
        (BundleFile.publicKey, Data(verified.key.pemRepresentation.utf8), 0o644),
        (BundleFile.script, Data(verificationScript.utf8), 0o755),
        (BundleFile.notes, Data(bundleNotes(verified).utf8), 0o644),
        (BundleFile.envelope, envelope, 0o644),
    ]
    return try files.map { file in
        let url = folder.appendingPathComponent(file.name)
        try DurableFile.write(file.content, to: url, permissions: file.permissions)
        return url
    }
}

private func bundleNotes(_ verified: VerifiedCertificate) -> String {
    let certificate = verified.certificate
    return """
        CERTIFICATE OF DELETION, CASE \(certificate.caseID)

        \(BundleFile.envelope)   the certificate: a signed statement (in-toto, DSSE, Ed25519)
        \(BundleFile.page)        the same for reading; not signed
        \(BundleFile.publicKey)    the key the signature is checked with
        \(BundleFile.script)               checks the signature

        Method: \(certificate.method.id), \(certificate.method.methodClass.text)
        Model after the deletion (SHA-256): \(certificate.model.after)
        Signed content (SHA-256):           \(verified.payloadDigest)
        Key (SHA-256 of its DER form):      \(verified.key.keyID)

        CHECK IT
        You need OpenSSL 3 (`openssl version`). In this folder:

            sh verify.sh

        or, without the script, three commands:

            \(VerificationCommands.extractPayload)

            \(VerificationCommands.extractSignature)

            \(VerificationCommands.verify)

        The last prints "Signature Verified Successfully", and statement.json holds what was signed.

        WHOSE KEY IS IT
        Anybody can make a key and sign. Compare the key with the one the issuer publishes:

            \(VerificationCommands.keyID)

        If you have the issuer's key as a file: sh verify.sh issuers-key.pem

        WHAT IT PROVES
        The holder of the key states what is in statement.json, and it was not changed since. It is
        about one model, named by its digest, and the records that were found. What was not tested,
        and which copies still exist, stands in the certificate itself.

        """
}
