import Casework
import Domain
import Foundation
import TestSupport
import Testing

/// Records that an earlier version wrote, before there was a legal file, with the digests its
/// history holds of them.
@Suite struct OldRecordTests {
    static func records() throws -> [(digest: String, bytes: Data)] {
        let url = Fixtures.root.appendingPathComponent("casework/records-before-legal-file.txt")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
            let words = line.split(separator: " ", maxSplits: 1)
            return (String(words[0]), Data(words[1].utf8))
        }
    }

    @Test("Records without the new members are read, and keep their digests")
    func read() throws {
        let records = try Self.records()
        #expect(records.count == 5)
        for (digest, bytes) in records {
            let record = try CanonicalJSON.decode(CaseRecord.self, from: bytes)
            #expect(try record.digest().hexadecimal == digest)
            #expect(record.progress.legal == LegalFile())
            #expect(record.progress.legal.identity.level == .unverified)
            #expect(try record.deadline(now: record.createdAt).dueAt == record.dueAt)
        }
    }

    @Test("A file of the law comes back as it was written")
    func roundTrip() throws {
        var legal = LegalFile(clock: ClockFacts(receivedAt: Sample.start))
        legal.exemptions = [
            Exemption(
                ground: "art17-3-e", record: "people/7", span: 12..<40, at: Sample.start,
                actor: "ada")
        ]
        legal.recipients = [Recipient(name: "shop", addedAt: Sample.start)]
        let record = Sample.record(.scoped, progress: CaseProgress(legal: legal))
        let bytes = try CanonicalJSON.compact(record)
        #expect(try CanonicalJSON.decode(CaseRecord.self, from: bytes) == record)
    }
}
