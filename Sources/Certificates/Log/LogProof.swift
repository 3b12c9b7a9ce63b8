import Domain
import Foundation

/// The file `.tlog-proof` beside a certificate (c2sp.org/tlog-proof@v1): that an entry is in a log, to
/// be checked without the log.
package struct LogProof: Sendable, Equatable {
    static let header = "c2sp.org/tlog-proof@v1"

    /// Opaque and not covered by anything: never to be believed. We write none.
    package let extra: Data?
    /// Number of the entry in the log, from 0.
    package let index: UInt64
    /// From the leaf's sibling to the root's child.
    package let hashes: [MerkleHash]
    package let checkpoint: SignedCheckpoint

    init(index: UInt64, hashes: [MerkleHash], checkpoint: SignedCheckpoint) {
        extra = nil
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// - Throws: `malformed-log-proof`, `malformed-note`.
    package init(parsing data: Data) throws {
        guard data.count <= 2 * SignedNote.maximumByteCount else {
            throw Self.malformed("it is larger than \(2 * SignedNote.maximumByteCount) bytes")
        }
        guard let blank = data.firstRange(of: Data("\n\n".utf8)) else {
            throw Self.malformed("no blank line separates proof and checkpoint")
        }
        guard let head = String(validating: data[..<(blank.lowerBound + 1)], as: UTF8.self) else {
            throw Self.malformed("it is not valid UTF-8")
        }
        var lines = try noteLines(Substring(head))[...]
        guard let first = lines.popFirst(), first.utf8.elementsEqual(Self.header.utf8) else {
            throw Self.malformed("its first line is not \(Self.header)")
        }
        if let content = lines.first.flatMap({ Self.content(of: $0, after: "extra ") }) {
            guard let bytes = Base64.decodeCanonical(String(content)), !bytes.isEmpty else {
                throw Self.malformed("its extra line is not canonical base64")
            }
            extra = bytes
            lines.removeFirst()
        } else {
            extra = nil
        }
        guard let content = lines.popFirst().flatMap({ Self.content(of: $0, after: "index ") }),
            let index = noteNumber(content)
        else { throw Self.malformed("the line with the entry's index is missing or no number") }
        guard lines.count <= 64 else { throw Self.malformed("it holds more than 64 hashes") }
        self.index = index
        hashes = try lines.map {
            guard let hash = MerkleHash(base64: $0) else {
                throw Self.malformed("a hash is not 32 bytes in canonical base64")
            }
            return hash
        }
        checkpoint = try SignedCheckpoint(parsing: Data(data[blank.upperBound...]))
    }

    package func encoded() -> Data {
        let lines =
            [Self.header] + (extra.map { ["extra \(Base64.text($0))"] } ?? [])
            + ["index \(index)"] + hashes.map(\.base64)
        return Data((lines.joined(separator: "\n") + "\n\n").utf8) + checkpoint.encoded()
    }

    /// Checks offline that the entry, byte for byte, is in the log.
    /// - Parameters:
    ///   - logKey: its name must be the origin of the checkpoint.
    ///   - witnesses: of these, every signature that is there must be right; lines of others are
    ///     ignored.
    /// - Returns: the witnesses that saw the log with the entry in it, with their times.
    /// - Throws: `not-in-log`; what `SignedCheckpoint.verify` throws.
    @discardableResult
    package func verify(
        entry: Data, logKey: NoteKey, witnesses: WitnessPolicy = .none
    ) throws -> [WitnessPolicy.Sighting] {
        let sightings = try checkpoint.verify(logKey: logKey, witnesses: witnesses)
        let head = checkpoint.checkpoint
        guard
            MerkleProof.verifiesInclusion(
                of: .leaf(entry), at: index, size: head.size, root: head.root, proof: hashes)
        else {
            throw CertificateError(
                .notInLog,
                "The proof does not show that this is entry \(index) of the log \(head.origin) with "
                    + "\(head.size) entries: the entry or the proof was changed.",
                details: ["index": "\(index)", "size": "\(head.size)"],
                remedy: "Ask the issuer for the proof that belongs to this certificate.")
        }
        return sightings
    }

    private static func content(of line: Substring, after prefix: String) -> Substring? {
        guard line.utf8.starts(with: prefix.utf8) else { return nil }
        return Substring(line.utf8.dropFirst(prefix.utf8.count))
    }

    private static func malformed(_ rule: String) -> CertificateError {
        CertificateError(
            .malformedLogProof, "This is not a proof of inclusion in a transparency log: \(rule).",
            details: ["rule": rule],
            remedy: "Give the file .tlog-proof as it came with the certificate.")
    }
}
