import Domain
import Foundation

/// Re-computes a history's chain from its first entry, an entry at a time.
struct HistoryVerifier {
    private(set) var expectedSequence = 1
    private(set) var previousHash = HistoryEntry.genesis

    /// Takes the next stored row in order of sequence.
    /// - Throws: `history-broken` naming the sequence number and what does not match.
    mutating func read(sequence: Int, caseID: String?, body: Data, hash: String) throws {
        guard sequence == expectedSequence else {
            throw Self.broken(expectedSequence, "it is missing; the next one there is \(sequence)")
        }
        let computed = Digest(of: body)
        guard computed.hexadecimal == hash else {
            throw Self.broken(sequence, "its content does not match its hash")
        }
        let content = try Self.content(of: body, sequence: sequence)
        guard content.sequence == sequence, content.caseID?.description == caseID else {
            throw Self.broken(sequence, "it is filed under another number or case")
        }
        guard content.previousHash == previousHash else {
            throw Self.broken(sequence, "it does not follow from the entry before it")
        }
        guard content.caseID != nil && content.to != nil || content.from == nil && content.to == nil
        else { throw Self.broken(sequence, "it changes a state but names no case") }
        previousHash = computed
        expectedSequence += 1
    }

    /// Holds the chain against its stored head.
    /// - Throws: `history-broken`.
    func finish(head: (sequence: Int, hash: String)) throws {
        guard head.sequence == expectedSequence - 1, head.hash == previousHash.hexadecimal else {
            throw Self.broken(
                expectedSequence, "\(head.sequence) entries were written, the rest is missing")
        }
    }

    private static func content(
        of body: Data, sequence: Int
    ) throws -> HistoryEntry.Content {
        do {
            let content = try CanonicalJSON.decode(HistoryEntry.Content.self, from: body)
            guard try content.bytes() == body else {
                throw broken(sequence, "it is not in canonical form")
            }
            return content
        } catch let error as DomainError {
            throw broken(sequence, "it cannot be read", cause: error)
        }
    }

    static func broken(_ sequence: Int, _ what: String, cause: (any Error)? = nil) -> CaseworkError
    {
        CaseworkError(
            .historyBroken, "The history is broken at entry \(sequence): \(what).",
            details: ["sequence": String(sequence)],
            remedy: "Stop work in this workspace and restore it from a backup.", cause: cause)
    }
}
