import Domain
import Foundation

/// The names of the files of an exported certificate.
package enum BundleFile {
    package static let envelope = "certificate.dsse.json"
    package static let page = "certificate.html"
    /// The page in English has no tag in its name.
    package static func page(_ language: CertificateLanguage) -> String {
        language.tag == CertificateLanguage.english.tag ? page : "certificate.\(language.tag).html"
    }
    package static func pdf(_ language: CertificateLanguage) -> String {
        language.tag == CertificateLanguage.english.tag
            ? "certificate.pdf" : "certificate.\(language.tag).pdf"
    }
    package static let publicKey = "lethe-public-key.pem"
    package static let script = "verify.sh"
    package static let notes = "README.txt"
    /// The signed content by itself.
    package static let statement = "statement.json"
    package static let sshSignature = "statement.json.sig"
    package static let allowedSigners = "allowed_signers"
    package static let sigstore = "certificate.sigstore.json"
    package static let logEntry = "log-entry.json"
    package static let logProof = "certificate.tlog-proof"
    package static let revocations = "revocations.dsse.json"
    package static let keyHistory = "key-history.json"
    package static let timestamp = "timestamp.tsr"
    package static let schema = "deletion-v2.schema.json"
}

/// Everything a stranger needs to read and check a certificate.
package struct CertificateBundle: Sendable {
    /// Whom SSH takes the issuer for; the key is what counts.
    static let signerIdentity = "issuer"

    package let verified: VerifiedCertificate
    /// By the issuer, over the signed content.
    package var sshSignature: SSHSignature?
    package var logProof: LogProof?
    /// A signed `RevocationList`.
    package var revocations: Data?
    package var keyHistory: KeyHistory?
    /// An RFC 3161 time-stamp of the signed content.
    package var timestamp: Data?
    /// What the pages say of revocation.
    package var standing = CertificateStanding.unknown

    package init(_ verified: VerifiedCertificate) { self.verified = verified }

    /// Writes it into a folder: the signed envelope, pages, keys, proofs, a script that needs only
    /// OpenSSL 3, and notes.
    ///
    /// Exporting the same certificate again replaces the files; a retry after a crash completes a
    /// partial export, and the envelope is written last.
    /// - Returns: the files written.
    /// - Throws: `bundle-exists` if the folder holds another certificate; `file-not-written`.
    @discardableResult
    package func write(to folder: URL) throws -> [URL] {
        let envelopeURL = folder.appendingPathComponent(BundleFile.envelope)
        if let present = try? Data(contentsOf: envelopeURL),
            (try? Envelope(parsing: present))?.payload != verified.payload
        {
            throw CertificateError(
                .bundleExists, "\(folder.path) holds another certificate; it was left as it is.",
                details: ["path": folder.path], remedy: "Export to an empty folder.")
        }
        return try files().map { file in
            let url = folder.appendingPathComponent(file.name)
            try DurableFile.write(file.content, to: url, permissions: file.permissions)
            return url
        }
    }

    /// Writes the pages as PDF/A beside the others, with WeasyPrint.
    /// - Returns: the files written.
    /// - Throws: `no-weasyprint`, `pdf-not-made`.
    package func writePDF(
        to folder: URL, languages: [CertificateLanguage] = CertificateLanguage.all
    ) throws -> [URL] {
        try languages.map { language in
            let url = folder.appendingPathComponent(BundleFile.pdf(language))
            try renderPDF(verified, language: language, standing: standing, to: url)
            return url
        }
    }

    private func files() throws -> [(name: String, content: Data, permissions: Int)] {
        var files: [(name: String, content: Data, permissions: Int)] = [
            (BundleFile.publicKey, Data(verified.key.pemRepresentation.utf8), 0o644),
            (BundleFile.script, Data(verificationScript.utf8), 0o755),
            (BundleFile.notes, Data(notes.utf8), 0o644),
            (BundleFile.statement, verified.payload, 0o644),
            (BundleFile.schema, CertificateSchema.document, 0o644),
        ]
        for language in CertificateLanguage.all {
            let page = renderHTML(verified, language: language, standing: standing)
            files.append((BundleFile.page(language), Data(page.utf8), 0o644))
        }
        func add(_ name: String, _ content: Data?) {
            if let content { files.append((name, content, 0o644)) }
        }
        if let sshSignature {
            add(BundleFile.sshSignature, Data(sshSignature.armored.utf8))
            let line = try verified.key.allowedSignersLine(identity: Self.signerIdentity)
            add(BundleFile.allowedSigners, Data((line + "\n").utf8))
        }
        if verified.envelope.signatures.count == 1 {
            add(
                BundleFile.sigstore,
                try SigstoreBundle(verified.envelope, key: verified.key).encoded())
        }
        if let logProof {
            add(BundleFile.logEntry, try verified.logEntry.encoded())
            add(BundleFile.logProof, logProof.encoded())
        }
        add(BundleFile.revocations, revocations)
        add(BundleFile.keyHistory, keyHistory?.encoded())
        add(BundleFile.timestamp, timestamp)
        add(BundleFile.envelope, verified.envelope.encoded())
        return files
    }
}

extension VerifiedCertificate {
    /// What stands in the log about it.
    package var logEntry: LogEntry {
        LogEntry(kind: .certificate, payload: payload, keyID: key.keyID)
    }
}
