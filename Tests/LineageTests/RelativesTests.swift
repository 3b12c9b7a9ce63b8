import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Near-duplicates and quotes of a person's records, against brute force.
struct RelativesTests {
    private static let email = PersonalIdentifier(kind: .email, value: "ann@x.com")
    private var random = TestRandom(seed: 6)

    /// Words of four to nine letters.
    private mutating func words(_ count: Int, letters: ClosedRange<Int> = 4...9) -> [String] {
        (0..<count).map { _ in
            let length = Int.random(in: letters, using: &random)
            return String(
                (0..<length).map { _ in
                    "abcdefghijklmnopqrstuvwxyz".randomElement(using: &random) ?? "a"
                })
        }
    }

    private func reach(
        _ lines: [String], _ settings: RelativeSettings = RelativeSettings(),
        _ identifiers: [PersonalIdentifier] = [Self.email]
    ) throws -> (reach: ScopeReach, accepted: Set<String>, queued: Set<String>) {
        let scene = try LineageScene()
        try scene.add(lines)
        let reach = try scene.index.reach(identifiers, settings: settings)
        guard case .found(let scope) = reach.resolution else {
            Issue.record("nothing found")
            return (reach, [], [])
        }
        return (reach, Set(scope.records.map(\.id)), Set(reach.queue.map(\.key.id)))
    }

    @Test mutating func `every quote of 150 bytes is found, wherever it begins`() throws {
        let story = words(120).joined(separator: " ")
        var lines = [try line("hit", "\(story) ann@x.com")]
        let bytes = Array(story.utf8)
        var tooShort: [String] = []
        for start in stride(from: 0, to: bytes.count - 150, by: 3) {
            let before = words(20).joined(separator: " ")
            // Signs that no word holds keep the span from being longer than it is meant to be.
            func text(_ count: Int) -> String {
                before + " #" + String(decoding: bytes[start..<start + count], as: UTF8.self) + "#"
            }
            lines.append(try line("quote-\(start)", text(150)))
            lines.append(try line("short-\(start)", text(149)))
            tooShort.append("short-\(start)")
        }
        var settings = RelativeSettings()
        settings.sharingRecordCountMaximum = 1000
        settings.jaccardMinimum = 1
        let found = try reach(lines, settings)
        let known = found.accepted.union(found.queued)
        // A quote that begins or ends with a space loses it to folding.
        let whole = Set(
            stride(from: 0, to: bytes.count - 150, by: 3)
                .filter { bytes[$0] != 32 && bytes[$0 + 149] != 32 }.map { "quote-\($0)" })
        #expect(whole.count > 150)
        #expect(known.isSuperset(of: whole))
        #expect(known.isDisjoint(with: tooShort))
        #expect(found.reach.commonWindowCount == 0)
    }

    @Test mutating func `a quote of fifty short words counts, of forty-nine it does not`() throws {
        let story = words(80, letters: 1...1)
        var settings = RelativeSettings()
        settings.jaccardMinimum = 1
        let found = try reach(
            [
                try line("hit", story.joined(separator: " ") + " ann@x.com"),
                try line("fifty", "x# " + story[10..<60].joined(separator: " ") + " #x"),
                try line("less", "x# " + story[10..<59].joined(separator: " ") + " #x"),
            ], settings)
        #expect(found.accepted.union(found.queued) == ["hit", "fifty"])
    }

    @Test mutating func `near-duplicates are exactly those of brute force`() throws {
        var lines: [String] = []
        var expected = Set<String>()
        var isEdited = false
        let hit = words(60)
        lines.append(try line("hit", hit.joined(separator: " ") + " ann@x.com"))
        let hitSet = Self.shingles(hit + ["ann", "x", "com"])
        for number in 0..<400 {
            var copy = hit
            for index in copy.indices.reversed()
            where Int.random(in: 0..<100, using: &random) < number % 25 {
                switch number % 4 {
                case 0: copy[index] = words(1)[0]
                case 1: copy.remove(at: index)
                case 2: copy.insert(words(1)[0], at: index)
                default:
                    copy.swapAt(index, copy.count - 1)
                }
            }
            if number % 7 == 0 { copy += words(20) }
            let others = Self.shingles(copy)
            let index =
                Double(hitSet.intersection(others).count) / Double(hitSet.union(others).count)
            if index >= 0.5 { expected.insert("copy-\(number)") } else { isEdited = true }
            lines.append(try line("copy-\(number)", copy.joined(separator: " ")))
        }
        #expect(isEdited && expected.count > 100)
        var settings = RelativeSettings()
        settings.quoteByteCountMinimum = 100_000
        settings.quoteWordCountMinimum = 100_000
        settings.sharingRecordCountMaximum = 1000
        let found = try reach(lines, settings)
        #expect(found.accepted.union(found.queued).subtracting(["hit"]) == expected)
    }

    private static func shingles(_ words: [String]) -> Set<[String]> {
        Set((0...words.count - 3).map { Array(words[$0..<$0 + 3]) })
    }

    @Test func `records written by one template are not taken for each other`() throws {
        func biography(_ name: String, _ email: String, _ place: String) -> String {
            "\(name) was born on December 31, 1984, in the United States of America, and lives in "
                + "\(place). She can be reached via phone or e-mail at \(email) during the day."
        }
        for count in [3, 30] {
            var lines = [try line("hit", biography("Ann Lee", "ann@x.com", "Orange"))]
            for number in 0..<count {
                lines.append(
                    try line(
                        "other-\(number)", biography("Bo \(number)", "b\(number)@y.com", "Bern")))
            }
            let found = try reach(lines)
            #expect(found.accepted == ["hit"])
        }
    }

    @Test mutating func `a copy that the owner attributed to somebody else is mentioned`() throws {
        let story = words(40).joined(separator: " ")
        let found = try reach([
            try line("hit", "\(story) ann@x.com"),
            try line("bob", story, subjects: ["p-bob"]),
            try line("bob-2", words(10).joined(separator: " "), subjects: ["p-bob"]),
        ])
        #expect(found.accepted == ["hit"])
        #expect(found.queued.isEmpty)
        guard case .found(let scope) = found.reach.resolution else { return }
        // What is shared stands in a record of Bob's: it does not tell of Ann.
        #expect(scope.mentions.isEmpty)
    }

    @Test mutating func `text that many records share waits for the operator`() throws {
        let story = words(40).joined(separator: " ")
        var lines = [try line("hit", "\(story) ann@x.com")]
        for number in 0..<20 { lines.append(try line("copy-\(number)", story)) }
        let many = try reach(lines)
        #expect(many.accepted == ["hit"])
        #expect(many.queued.count == 20)
        #expect(many.reach.judgements.allSatisfy { $0.reasons == ["common-text"] })
        let few = try reach(Array(lines.prefix(4)))
        #expect(few.accepted == ["hit", "copy-0", "copy-1", "copy-2"])
        #expect(few.reach.judgements.allSatisfy { $0.reasons == ["copy"] && $0.score == 4 })
        var settings = RelativeSettings()
        settings.candidateRecordCountMaximum = 10
        let none = try reach(lines, settings)
        #expect(none.queued.isEmpty)
        #expect(none.reach.commonWindowCount > 10)
    }

    @Test mutating func `of a record about several people only their part is followed`() throws {
        let (about, other) = (words(40).joined(separator: " "), words(40).joined(separator: " "))
        let found = try reach([
            try line("hit", "Ann wrote: ann@x.com, \(about). Bob wrote: bob@y.com, \(other)."),
            try line("own", "And so on: \(about)."), try line("other", "And so on: \(other)."),
        ])
        #expect(found.accepted == ["hit", "own"])
    }
}

/// SplitMix64, so that made data are equal on every run.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
