import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// The monotonic principle of in-toto: taking something out of a statement never turns a refusal into an
/// acceptance. Statements are signed anew after each change, as an issuer could.
@Suite struct MonotonicTests {
    typealias Step = JSONPathStep
    let key = SigningKey()

    /// A change that makes a good statement one that must be refused.
    struct Defect: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let path: [Step]
        let value: JSONValue
        /// Other changes that go with it.
        var more: [([Step], JSONValue)] = []
    }

    static let predicate: [Step] = [.key("predicate")]
    static let defects: [Defect] = [
        .init(
            testDescription: "a measurement beyond its threshold",
            path: predicate + [
                .key("verification"), .key("checks"), .index(1), .key("measurements"), .index(0),
                .key("value"),
            ], value: .number("0.0001")),
        .init(
            testDescription: "a check that failed",
            path: predicate + [.key("verification"), .key("checks"), .index(2), .key("outcome")],
            value: .string("failed")),
        .init(
            testDescription: "a control that found nothing",
            path: predicate + [.key("verification"), .key("checks"), .index(0), .key("outcome")],
            value: .string("failed")),
        .init(
            testDescription: "a check in the guise of a control",
            path: predicate + [.key("verification"), .key("checks"), .index(1), .key("family")],
            value: .string("control")),
        .init(
            testDescription: "a form of sanitisation that says more",
            path: predicate + [.key("sanitization"), .key("method")], value: .string("erased")),
        .init(
            testDescription: "a file outside of the model's folder",
            path: predicate + [.key("model"), .key("files"), .index(0), .key("path")],
            value: .string("../config.json"),
            more: [
                (
                    [.key("subject"), .index(1), .key("name")],
                    .string("assistant/../config.json")
                )
            ]),
        .init(
            testDescription: "a check that could not be made",
            path: predicate + [.key("verification"), .key("checks"), .index(5), .key("outcome")],
            value: .string("could-not-check")),
        .init(
            testDescription: "a failed check under an investigation of an approximate method",
            path: predicate + [.key("verification"), .key("checks"), .index(5), .key("outcome")],
            value: .string("failed"),
            more: [
                (
                    predicate + [.key("investigation")],
                    .object([
                        .init("closedBy", .string("A")),
                        .init("closedAt", .string("2026-03-05T09:00:00Z")),
                        .init("reason", .string("B")),
                        .init("failedChecks", .array([.string("attack-loss")])),
                    ])
                )
            ]),
        .init(
            testDescription: "a word that is too strong",
            path: predicate + [.key("claim"), .key("level")], value: .string("erased")),
        .init(
            testDescription: "a partial result that is called whole",
            path: predicate + [.key("claim"), .key("isPartial")], value: .bool(false)),
        .init(
            testDescription: "a deadline that was missed and is called kept",
            path: predicate + [.key("deadline"), .key("dueAt")],
            value: .string("2026-03-01T00:00:00Z")),
        .init(
            testDescription: "the model before as the model after",
            path: predicate + [.key("model"), .key("before")],
            value: .string(CertificateSamples.after.hexadecimal)),
        .init(
            testDescription: "another policy", path: predicate + [.key("policy"), .key("digest")],
            value: .string(Digest(of: "another").hexadecimal)),
        .init(
            testDescription: "no record in scope",
            path: predicate + [.key("scope"), .key("recordCount")], value: .number("0")),
        .init(
            testDescription: "an exact method without proof",
            path: predicate + [.key("method"), .key("class")], value: .string("exact"),
            more: [
                (
                    predicate + [.key("method"), .key("classText")], .string("exactly retrained")
                ), (predicate + [.key("claim"), .key("level")], .string("exactly-retrained")),
            ]),
        .init(
            testDescription: "an attack that was not run",
            path: predicate + [.key("attackCoverage"), .index(4), .key("status")],
            value: .string("run")),
        .init(
            testDescription: "nobody who accepted it", path: predicate + [.key("validations")],
            value: .array([])),
        .init(
            testDescription: "no signature asked for",
            path: predicate + [.key("requiredSignatureCount")], value: .number("0")),
        .init(
            testDescription: "another file as a subject",
            path: [.key("subject"), .index(1), .key("digest"), .key("sha256")],
            value: .string(Digest(of: "another").hexadecimal)),
        .init(
            testDescription: "nothing that is said not to be recorded",
            path: predicate + [.key("notRecorded")], value: .array([])),
    ]

    private func isAccepted(_ statement: JSONValue) -> Bool {
        guard
            let envelope = try? Envelope(
                signing: statement.serialized(), payloadType: "application/vnd.in-toto+json",
                key: key)
        else { return false }
        return
            (try? verifyCertificate(envelope: envelope.encoded(), trustedKeys: [key.publicKey]))
            != nil
    }

    private func statement() throws -> JSONValue {
        try JSONParser.parse(issue(CertificateSamples.certificate(), key: key).payload)
    }

    @Test func `The statement that the defects are made in is accepted`() throws {
        #expect(isAccepted(try statement()))
        #expect(try statement().memberPaths.count > 150)
    }

    @Test(arguments: defects)
    func `Taking any member out of a refused statement leaves it refused`(_ defect: Defect) throws {
        var bad = try statement().replacing(defect.path, with: defect.value)
        for (path, value) in defect.more { bad = bad.replacing(path, with: value) }
        #expect(!isAccepted(bad))
        // A check that did not pass must not be taken out as a whole either.
        let checks = Self.predicate + [.key("verification"), .key("checks")]
        let paths = bad.memberPaths + (0..<6).map { checks + [.index($0)] }
        let accepted = paths.filter { isAccepted(bad.removing($0)) }
        #expect(accepted.isEmpty, "\(accepted)")
    }

    @Test(arguments: defects)
    func `Nor does taking several out, chosen at random`(_ defect: Defect) throws {
        var bad = try statement().replacing(defect.path, with: defect.value)
        for (path, value) in defect.more { bad = bad.replacing(path, with: value) }
        var random = SeededGenerator(seed: 8)
        for _ in 0..<15 {
            var less = bad
            for _ in 0..<Int.random(in: 2...6, using: &random) {
                guard let path = less.memberPaths.randomElement(using: &random) else { break }
                less = less.removing(path)
            }
            #expect(!isAccepted(less))
        }
    }
}

enum JSONPathStep: Sendable, Hashable {
    case key(String)
    case index(Int)
}

extension JSONValue {
    /// Paths of every member of every object.
    var memberPaths: [[JSONPathStep]] {
        switch self {
        case .object(let members):
            members.flatMap { member in
                [[.key(member.key)]] + member.value.memberPaths.map { [.key(member.key)] + $0 }
            }
        case .array(let items):
            items.enumerated().flatMap { index, item in
                item.memberPaths.map { [.index(index)] + $0 }
            }
        default: []
        }
    }

    func replacing(_ path: [JSONPathStep], with value: JSONValue) -> JSONValue {
        changing(path[...]) { _ in value }
    }

    func removing(_ path: [JSONPathStep]) -> JSONValue { changing(path[...]) { _ in nil } }

    private func changing(
        _ path: ArraySlice<JSONPathStep>, _ change: (JSONValue?) -> JSONValue?
    ) -> JSONValue {
        guard let step = path.first else { return change(self) ?? .null }
        let rest = path.dropFirst()
        switch (self, step) {
        case (.object(let members), .key(let name)):
            guard members.contains(where: { $0.key == name }) else {
                return change(nil).map { .object(members + [.init(name, $0)]) } ?? self
            }
            return .object(
                members.compactMap { member in
                    guard member.key == name else { return member }
                    if rest.isEmpty { return change(member.value).map { .init(name, $0) } }
                    return .init(name, member.value.changing(rest, change))
                })
        case (.array(var items), .index(let index)):
            if !rest.isEmpty {
                items[index] = items[index].changing(rest, change)
            } else if let value = change(items[index]) {
                items[index] = value
            } else {
                items.remove(at: index)
            }
            return .array(items)
        default: return self
        }
    }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
