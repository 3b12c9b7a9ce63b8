import Domain
import Foundation

/// A ground on which an erasure may be refused, as a whole or in part.
package struct RefusalGround: Sendable {
    /// Permanent id, e.g. `art17-3-e`.
    package let id: String
    package let kind: RefusalKind
    package let regimes: [Regime]
    package let article: String
    /// What must be the case, in one sentence without a full stop; fit to be told to the person.
    package let sentence: String
    /// It may be given for some of the records while the others are erased.
    package let fitsParts: Bool
    /// Who must be told, or shown, what.
    package let duties: [String]

    /// Id of what is recorded where an operator refuses and names no ground.
    package static let unstated = "unstated"

    /// The ground with an id; `art17_3_a` is read as well.
    /// - Throws: `unknown-name`.
    package static func named(_ id: String) throws -> RefusalGround {
        try lookUp(
            id.replacingOccurrences(of: "_", with: "-"), in: builtinRefusalGrounds,
            kind: "ground for refusal", by: \.id)
    }

    /// The same, for a case under a law.
    /// - Throws: `unknown-name`; `ground-unfit` if that law does not know it, or not for a part.
    package static func named(
        _ id: String, under regime: Regime, forPart: Bool = false
    ) throws -> RefusalGround {
        let ground = try named(id)
        guard ground.regimes.contains(regime), ground.fitsParts || !forPart else {
            let fitting = builtinRefusalGrounds.filter {
                $0.regimes.contains(regime) && ($0.fitsParts || !forPart)
            }.map(\.id).joined(separator: ", ")
            throw CaseworkError(
                .groundUnfit,
                "\(ground.id) is not a ground for refusing "
                    + (forPart ? "a part of a request" : "a request")
                    + " under \(regime.rawValue). Those are: \(fitting).",
                details: ["ground": ground.id, "regime": regime.rawValue])
        }
        return ground
    }
}

private let both: [Regime] = [.gdprEU, .gdprUK]
private let tellReasons =
    "the person: the reasons, the right to complain and the judicial remedy, without undue delay and "
    + "at the latest by the due day (Art. 12(4))"

/// The grounds there are. GDPR ids follow the article; the UK GDPR has the same ones.
package let builtinRefusalGrounds: [RefusalGround] = [
    .init(
        id: "art17-3-a", kind: .exempt, regimes: both, article: "Art. 17(3)(a)",
        sentence: "the data is needed to exercise freedom of expression and information",
        fitsParts: true, duties: [tellReasons]),
    .init(
        id: "art17-3-b", kind: .exempt, regimes: both, article: "Art. 17(3)(b)",
        sentence: "a law or a task in the public interest obliges the controller to keep the data",
        fitsParts: true, duties: [tellReasons]),
    .init(
        id: "art17-3-c", kind: .exempt, regimes: both, article: "Art. 17(3)(c)",
        sentence: "the data is needed for reasons of public health", fitsParts: true,
        duties: [tellReasons]),
    .init(
        id: "art17-3-d", kind: .exempt, regimes: both, article: "Art. 17(3)(d)",
        sentence:
            "the data is needed for archives, research or statistics, which the erasure would "
            + "seriously impair",
        fitsParts: true, duties: [tellReasons]),
    .init(
        id: "art17-3-e", kind: .exempt, regimes: both, article: "Art. 17(3)(e)",
        sentence: "the data is needed to establish, exercise or defend legal claims",
        fitsParts: true, duties: [tellReasons]),
    .init(
        id: "art12-5-unfounded", kind: .unfounded, regimes: both, article: "Art. 12(5)(b)",
        sentence: "the request is manifestly unfounded", fitsParts: false,
        duties: [tellReasons, "the authority, if it asks: proof that the request is unfounded"]),
    .init(
        id: "art12-5-excessive", kind: .excessive, regimes: both, article: "Art. 12(5)(b)",
        sentence: "the request is manifestly excessive, above all by its repetition",
        fitsParts: false,
        duties: [tellReasons, "the authority, if it asks: proof that the request is excessive"]),
    .init(
        id: "art11-2-unidentifiable", kind: .unidentifiable, regimes: both,
        article: "Art. 11(2) and 12(2)",
        sentence: "the controller can show that it is not able to identify the person",
        fitsParts: false,
        duties: [
            tellReasons,
            "the person: that the data cannot be attributed, and which further information would "
                + "allow it (Art. 11(2))",
        ]),
    .init(
        id: "art12-6-identity", kind: .identity, regimes: both, article: "Art. 12(6)",
        sentence:
            "there are reasonable doubts about the identity, and the information asked for did not "
            + "come",
        fitsParts: false, duties: [tellReasons]),
    .init(
        id: "no-data", kind: .notFound, regimes: Regime.allCases,
        article: "Art. 12(3); 11 CCR section 7022",
        sentence: "nothing about the person is held", fitsParts: false,
        duties: ["the person: that nothing was found, and what was searched"]),
    .init(
        id: "ccpa-unverifiable", kind: .identity, regimes: [.ccpa],
        article: "11 CCR section 7022(e)",
        sentence: "the identity could not be verified", fitsParts: false,
        duties: ["the person: that the identity could not be verified"]),
    .init(
        id: "ccpa-exception", kind: .exempt, regimes: [.ccpa],
        article: "Cal. Civ. Code section 1798.105(d)",
        sentence: "the law lets the business keep the data for the purpose it named",
        fitsParts: true,
        duties: [
            "the person: the basis of the denial, and that what is not excepted was deleted (11 CCR "
                + "section 7022(f))"
        ]),
    .init(
        id: RefusalGround.unstated, kind: .other, regimes: Regime.allCases,
        article: "no provision named",
        sentence:
            "the controller has a reason of its own, given here, and named no ground of the law",
        fitsParts: false,
        duties: [
            "the person: the ground of the law, as soon as it is clear; a refusal without one does "
                + "not stand"
        ]),
]
