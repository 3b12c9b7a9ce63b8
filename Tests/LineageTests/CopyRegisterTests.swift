import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Copies that an erasure has to account for, and whether it is full.
struct CopyRegisterTests {
    private let scene: ErasureScene
    private let shard: URL
    private let day: Int64 = 86_400

    init() throws {
        scene = try ErasureScene()
        shard = try scene.file(
            "people.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n", ids: ["1", "2"])
    }

    private func time(_ days: Int64) -> Timestamp {
        Timestamp(secondsSince1970: ErasureScene.time.secondsSince1970 + days * day)
    }

    private func codes(_ caseID: String = "case-1", now: Int64 = 1) throws -> [String] {
        switch try scene.index.erasureIsFull(caseID, now: time(now)) {
        case .full: []
        case .partial(let reasons): reasons.map(\.code)
        }
    }

    @Test func `an erasure without copies is full, and none at all is not`() throws {
        #expect(try codes() == ["nothing-erased"])
        let result = try scene.erase(["1"])
        #expect(result.remainingCopies == [])
        #expect(try scene.index.erasureIsFull("case-1", now: time(1)) == .full)
    }

    @Test func `each copy is accounted for by itself, and the last word counts`() throws {
        let index = scene.index
        let backup = try index.addCopy(
            location: "tape 7, vault B", kind: .backup, madeAt: time(-3), at: time(-2))
        let export = try index.addCopy(
            location: "/exports/people.csv", kind: .export, holds: shard.path, at: time(-1))
        let result = try scene.erase(["1"])
        #expect(result.remainingCopies == [backup, export])
        #expect(try codes() == ["copy-unknown", "copy-unknown"])
        try index.dispose(
            copy: backup.id, caseID: "case-1", .scheduled(until: time(30)), at: time(1))
        try index.dispose(
            copy: export.id, caseID: "case-1", .cannotBeErased(reason: "held by a court"),
            at: time(1))
        #expect(try codes(now: 2) == ["copy-scheduled", "copy-kept"])
        #expect(try codes(now: 31) == ["copy-overdue", "copy-kept"])
        try index.dispose(copy: backup.id, caseID: "case-1", .erased, at: time(31))
        try index.dispose(copy: export.id, caseID: "case-1", .erased, at: time(32))
        #expect(try codes(now: 33) == [])
        let disposed = try index.copies(ofCase: "case-1")
        #expect(disposed.map(\.disposition) == [.erased, .erased])
        #expect(disposed.map(\.decidedAt) == [time(31), time(32)])
    }

    @Test func `only copies of what was erased from concern a case`() throws {
        let index = scene.index
        try index.addCopy(location: "a", kind: .backup, holds: "people", at: time(-1))
        try index.addCopy(location: "b", kind: .backup, holds: "other corpus", at: time(-1))
        try index.addCopy(
            location: "c", kind: .backup, holds: "people", madeAt: time(2), at: time(2))
        try index.addCopy(location: "d", kind: .derived, caseID: "case-2", at: time(-1))
        try index.addCopy(location: "e", kind: .derived, caseID: "case-1", at: time(-1))
        try scene.erase(["1"])
        #expect(try index.copies(ofCase: "case-1").map(\.copy.location) == ["a", "e"])
        // The copy made after the first case's erasure still holds the second person.
        try ShardErasure(index: index, places: scene.places, clock: FixedClock(time(3)))
            .erase([scene.places.key("2")], caseID: "case-2")
        #expect(try index.copies(ofCase: "case-2").map(\.copy.location) == ["a", "c", "d"])
        #expect(try codes("case-2", now: 4) == Array(repeating: "copy-unknown", count: 3))
    }

    @Test func `a copy is registered once, and malformed ones are refused`() throws {
        let index = scene.index
        let first = try index.addCopy(location: "tape", kind: .backup, at: time(0))
        #expect(try index.addCopy(location: "tape", kind: .backup, at: time(5)) == first)
        #expect(try index.copies() == [first])
        for location in ["", "  ", "a\nb", String(repeating: "x", count: 1001)] {
            let error = #expect(throws: LineageError.self) {
                try index.addCopy(location: location, kind: .other, at: time(0))
            }
            #expect(error?.code == .malformedCopy)
        }
        let unknown = #expect(throws: LineageError.self) {
            try index.dispose(copy: 99, caseID: "case-1", .erased, at: time(0))
        }
        #expect(unknown?.code == .unknownCopy)
        let reason = #expect(throws: LineageError.self) {
            try index.dispose(
                copy: first.id, caseID: "case-1", .cannotBeErased(reason: " "), at: time(0))
        }
        #expect(reason?.code == .malformedCopy)
    }
}
