import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct LogDamageTests {
    private let manager = FileManager.default

    /// Puts the files of `folder` at `target`, whatever is there.
    private func restore(_ files: [String: Data], to target: URL) throws {
        try? manager.removeItem(at: target)
        for (name, data) in files {
            let url = target.appendingPathComponent(name)
            try manager.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try data.write(to: url)
        }
    }

    private func files(in folder: URL) throws -> [String: Data] {
        var result: [String: Data] = [:]
        for case let name as String in manager.enumerator(atPath: folder.path) ?? .init() {
            let url = folder.appendingPathComponent(name)
            if let data = try? Data(contentsOf: url) { result[name] = data }
        }
        return result
    }

    @Test(arguments: [(3, 2), (250, 5), (250, 6), (250, 600), (300, 12)])
    func `A crash at any write leaves the old or the new tree, and appending goes on`(
        before: Int, added: Int
    ) throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("log")
        let entries = (0..<1_000).map { Data("entry \($0)".utf8) }
        var log: TransparencyLog? = try TransparencyLog.create(
            at: folder, key: try LogFixtures().key, name: "a")
        try log?.append(Array(entries[..<before]))
        let old = try files(in: folder)
        let oldHead = try #require(log?.latest.checkpoint)
        try log?.append(Array(entries[before..<before + added]))
        let new = try files(in: folder)
        let newHead = try #require(log?.latest.checkpoint)
        log = nil

        // Everything but the journal may be missing or torn at any time: it is not synced, or nothing
        // refers to it yet. The journal is there or not, or torn at its end.
        let journals = new.keys.filter { $0.hasPrefix("journal/") }.sorted()
        let journal = try #require(journals.last)
        let isNewFile = old[journal] == nil
        let (from, to) = (old[journal]?.count ?? 0, new[journal]?.count ?? 0)
        let cuts: [Int?] =
            isNewFile
            ? [nil, to] : stride(from: from, to: to, by: 41).map { $0 } + [from + 1, to - 1, to]
        func check(_ state: [String: Data], isNew: Bool, _ what: String) throws {
            try restore(state, to: folder)
            let key = try LogFixtures().key
            let opened = try TransparencyLog.open(at: folder, key: key)
            #expect(opened.latest.checkpoint == (isNew ? newHead : oldHead), "\(what)")
            #expect(try opened.verify().root == opened.latest.checkpoint.root, "\(what)")
            let next = try opened.append([Data("next".utf8)])
            #expect(next.lowerBound == (isNew ? newHead : oldHead).size)
            #expect(try opened.verify().entryCount == next.upperBound, "\(what)")
        }
        for cut in cuts {
            let isNew = cut == to
            // Full tiles are synced before the journal refers to them; of the rest nothing is.
            var state = old
            if isNewFile {
                for (name, data) in new where name.hasPrefix("tile/") && old[name] == nil {
                    let isOdd = name.utf8.reduce(0) { $0 + Int($1) } % 2 == 1
                    if isNew || isOdd { state[name] = data }
                }
            }
            state[journal] = cut.flatMap { new[journal]?.prefix($0) }
            try check(state, isNew: isNew, "cut at \(cut ?? 0)")
        }
        // The journal is whole; of the unsynced files one after the other is as if never written.
        let unsynced = new.keys.filter { $0.contains(".p/") && !$0.hasPrefix("tile/1/") }.sorted()
        for name in unsynced + ["checkpoint"] {
            for content in [nil, Data(), Data(count: 40)] as [Data?] {
                var state = new
                state[name] = content
                if name == "checkpoint", content == nil { state[name] = old[name] }
                try check(state, isNew: true, name)
            }
        }
    }

    @Test func `A damaged file is named, with the entry, and nothing is signed over it`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("log")
        let state = try {
            _ = try fixtures.log(in: folder, calls: [100, 180, 20])
            return try files(in: folder)
        }()
        func damage(_ name: String, at place: Int) throws -> CertificateError? {
            var changed = state
            changed[name]?[place] ^= 1
            try restore(changed, to: folder)
            do {
                let log = try TransparencyLog.open(at: folder, publicKey: fixtures.logKey)
                _ = try log.verify()
                return nil
            } catch { return error as? CertificateError }
        }
        // Entry 5 begins after five of 2 + 7 bytes.
        let entry = try damage("tile/entries/000", at: 5 * 9 + 4)
        #expect(entry?.code == .damagedLog)
        #expect(entry?.details["file"] == "tile/entries/000")
        #expect(entry?.details["index"] == "5")
        let hash = try damage("tile/0/000", at: 17 * 32)
        #expect(hash?.details["index"] == "17")
        let late = try damage("tile/0/001.p/44", at: 3 * 32)
        #expect(late?.details["file"] == "tile/entries/001.p/44")
        #expect(late?.details["index"] == "259")
        #expect(try damage("tile/1/000.p/1", at: 0)?.code == .damagedLog)
        #expect(try damage("tile/0/001.p/24", at: 0)?.details["file"] == "tile/0/001.p/24")
        let old = try damage("journal/000000000000", at: 60)
        #expect(old?.details["file"] == "journal/000000000000")
        for name in state.keys.sorted() {
            let error = try damage(name, at: (state[name]?.count ?? 0) / 2)
            #expect(error?.kind == .integrity, "\(name)")
        }
        for name in state.keys.sorted() where !name.contains(".p/") || name.hasSuffix("44") {
            var changed = state
            changed[name] = nil
            try restore(changed, to: folder)
            #expect(throws: CertificateError.self, "\(name)") {
                try TransparencyLog.open(at: folder, publicKey: fixtures.logKey).verify()
            }
        }
    }

    @Test func `A record that was acknowledged is not taken for a torn one`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("log")
        _ = try fixtures.log(in: folder, calls: [10, 10])
        var state = try files(in: folder)
        let count = state["journal/000000000000"]?.count ?? 0
        for place in [count - 1, count - 300, count - 400] {
            var changed = state
            changed["journal/000000000000"]?[place] ^= 1
            try restore(changed, to: folder)
            let error = #expect(throws: CertificateError.self) {
                try TransparencyLog.open(at: folder, key: fixtures.key)
            }
            #expect(error?.kind == .integrity)
        }
        state["journal/000000000000"]?.removeLast(1)
        try restore(state, to: folder)
        #expect(
            refusal { _ = try TransparencyLog.open(at: folder, key: fixtures.key) }
                == .inconsistentLog)
    }

    @Test func `Nothing is signed when the folder shows another history`() throws {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        let (one, two) = (
            scratch.url.appendingPathComponent("1"), scratch.url.appendingPathComponent("2")
        )
        let log = try fixtures.log(in: one, calls: [10])
        let other = try TransparencyLog.create(
            at: two, key: fixtures.key, name: fixtures.text("origin"))
        try other.append([Data("x".utf8)])
        let shown = one.appendingPathComponent("checkpoint")
        let right = try Data(contentsOf: shown)
        try other.latest.encoded().write(to: shown)
        #expect(refusal { try log.append([Data()]) } == .inconsistentLog)
        #expect(
            refusal { _ = try TransparencyLog.open(at: one, publicKey: fixtures.logKey) }
                == .inconsistentLog)
        #expect(try Data(contentsOf: shown) == other.latest.encoded())
        try right.write(to: shown)
        #expect(try log.append([Data()]) == 10..<11)
    }

    @Test func `After a failed write the log must be opened again, and a retry adds nothing twice`()
        throws
    {
        let fixtures = try LogFixtures()
        let scratch = try ScratchFolder()
        var log: TransparencyLog? = try fixtures.log(in: scratch.url, calls: [3])
        // Somebody else's bytes at the end of the journal: it is not the file that was opened.
        let journal = scratch.url.appendingPathComponent("journal/000000000000")
        let data = try Data(contentsOf: journal)
        try (data + [1]).write(to: journal)
        let entry = Data("late".utf8)
        #expect(throws: DomainError.self) { try log?.append([entry]) }
        #expect(refusal { try log?.append([entry]) } == .inconsistentLog)
        log = nil
        let leftover = try scratch.file("tile/0/.44.\(UUID().uuidString).tmp", "half")
        let again = try TransparencyLog.open(at: scratch.url, key: fixtures.key)
        #expect(!manager.fileExists(atPath: leftover.path))
        #expect(try again.index(ofLeafHash: .leaf(entry)) == nil)
        #expect(try again.append([entry]) == 3..<4)
        #expect(try again.index(ofLeafHash: .leaf(entry)) == 3)
        #expect(try again.verify().checkpointCount == 3)
    }
}
