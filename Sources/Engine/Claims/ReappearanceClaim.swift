import Casework
import Domain
import Foundation

/// Somebody's claim that a certified model still says a person's data: what to ask it, and what it is
/// said to answer. Personal data: it is kept sealed under the case's key, and nowhere else.
package struct ReappearanceClaim: Sendable, Equatable {
    package let prompt: Sensitive<String>
    /// Nil to look for the person's known values alone.
    package let expected: Sensitive<String>?

    package init(prompt: String, expected: String? = nil) {
        self.prompt = Sensitive(prompt)
        self.expected = expected.map(Sensitive.init)
    }

    /// Reads the files of a claim as UTF-8; one line feed at the end of a file does not belong to it.
    /// - Throws: `file-unreadable`; `unfit-claim` for a file that is empty, no text or too large.
    package init(promptFile: URL, expectedFile: URL?) throws {
        try self.init(
            prompt: Self.text(of: promptFile), expected: expectedFile.map(Self.text))
    }

    private static let maximumByteCount = 1 << 20

    private static func text(of file: URL) throws -> String {
        let data = try DurableFile.read(file)
        guard data.count <= maximumByteCount, var text = String(validating: data, as: UTF8.self)
        else { throw unfit(file, "is not text in UTF-8 of at most 1 MiB") }
        for end in ["\n", "\r"] where text.utf8.last == end.utf8.first {
            text = String(decoding: text.utf8.dropLast(), as: UTF8.self)
        }
        guard text.contains(where: { !$0.isWhitespace }) else { throw unfit(file, "is empty") }
        return text
    }

    private static func unfit(_ file: URL, _ why: String) -> EngineError {
        EngineError(
            .unfitClaim, "\(file.path) \(why).", details: ["path": file.path],
            remedy: "Give a file with the text as the model is to be asked.")
    }
}

/// How the model is asked.
package struct ClaimSettings: Encodable, Sendable, Equatable {
    /// Drawn continuations beside the likeliest one, 0 ... 1000.
    package var sampleCount = 19
    package var seed: UInt64 = 0
    /// Tokens of each continuation, at least 1.
    package var maximumTokenCount = 48
    /// Draws are made at temperature 1 from so many of the likeliest tokens, as in the checks of a
    /// verification.
    package let topK = 40

    package let temperature = 1.0

    package init() {}
}

extension Workspace {
    private struct StoredClaim: Codable {
        let schema: String
        let prompt: String
        let expected: String?
    }

    private static let claimPurpose = "lethe.claim.v1"

    private func content(of claim: ReappearanceClaim) throws -> Data {
        try CanonicalJSON.compact(
            StoredClaim(
                schema: Self.claimPurpose, prompt: claim.prompt.revealed,
                expected: claim.expected?.revealed))
    }

    /// Names a claim without telling anything about it to somebody without the case's key.
    /// - Throws: `vault-shredded`, `vault-unreadable`.
    func digest(of claim: ReappearanceClaim, case id: CaseID) throws -> Digest {
        try cases.keyedDigest(of: content(of: claim), of: id, for: Self.claimPurpose)
    }

    /// Keeps a claim sealed under the case's key; when that is destroyed nothing can read it any more.
    /// A claim that is kept already stays as it is.
    /// - Throws: `vault-shredded`, `vault-unreadable`; `file-not-written`.
    func keep(_ claim: ReappearanceClaim, of id: CaseID) throws {
        let file = claimFile(try digest(of: claim, case: id), of: id)
        guard !FileManager.default.fileExists(atPath: file.path) else { return }
        try DurableFile.write(
            try cases.sealed(content(of: claim), of: id, for: Self.claimPurpose), to: file,
            permissions: 0o600)
    }

    /// A claim that was kept, by the digest that its report names.
    /// - Throws: `file-unreadable`, `vault-shredded`, `vault-unreadable`; `revocation-damaged` if it is
    ///   another than its name says.
    func claim(_ digest: Digest, of id: CaseID) throws -> ReappearanceClaim {
        let file = claimFile(digest, of: id)
        let content = try cases.unsealed(
            DurableFile.read(file), of: id, for: Self.claimPurpose)
        let stored = try CanonicalJSON.decode(StoredClaim.self, from: content)
        let claim = ReappearanceClaim(prompt: stored.prompt, expected: stored.expected)
        guard try self.digest(of: claim, case: id) == digest else {
            throw EngineError(
                .revocationDamaged, "The claim \(digest.short) of \(id) was changed on disk.",
                details: ["case": id.description, "path": file.path],
                remedy: "Restore \(file.path) from a backup.")
        }
        return claim
    }

    private func claimFile(_ digest: Digest, of id: CaseID) -> URL {
        layout.claims.appendingPathComponent(id.description).appendingPathComponent(
            "\(digest).sealed")
    }
}
