import Domain
import Foundation

/// What `lethe formats check` says of one file: every rule of its format with its outcome.
package struct FormatReport: Codable, Sendable {
    package enum Outcome: String, Codable, Sendable {
        case passed, failed
        case notChecked = "not-checked"
    }

    package struct Finding: Codable, Sendable {
        /// Id of the rule, unique within the report.
        package let rule: String
        package let statement: String
        /// Where the specification says it.
        package let section: String
        /// Whether a message that breaks it is refused at intake.
        package let isEnforced: Bool
        package let outcome: Outcome
        /// What was found, or why it was not checked. No personal data.
        package let message: String?
        /// Code of the fault, e.g. `invalid-signature`.
        package let code: String?
        package let line: Int?
        package let column: Int?
        package let path: String?
    }

    package let source: String
    /// Id of the format; nil if none was recognised.
    package let format: String?
    package let findings: [Finding]
    /// Whether intake takes the file in.
    package let isAccepted: Bool
    /// Whether every rule that could be checked holds, those that intake does not enforce included.
    package let conforms: Bool
    /// Number of requests, 0 if it is not accepted.
    package let requestCount: Int
    /// Whether every request's signature was verified.
    package let isAuthenticated: Bool
    package let remarks: [String]
}

/// Holds a message against every rule of its format. Nothing is thrown for what the file contains.
/// - Parameters:
///   - format: id of a format; nil or `auto` to detect it.
///   - arrival: when the message arrived; nil means now.
/// - Throws: `unknown-name` for a format that does not exist.
package func checkFormat(
    _ data: Data, headers: RequestHeaders = .none, format: String?, keys: IntakeKeys = .none,
    sourceName: String = "file", arrival: Timestamp? = nil
) throws -> FormatReport {
    let trust = IntakeTrust(keys: keys, arrival: arrival ?? SystemClock().now())
    let trail = RuleTrail(.report)
    let named = try format.flatMap(namedFormat)
    var found = named
    var last: RequestFault?
    do {
        _ = try readRequests(data, headers, named, trust, trail) { found = $0 }
    } catch let fault as RequestFault {
        last = fault
    }
    // What intake says decides; the trail only adds what else is wrong.
    let accepted = try? parseRequests(
        data, sourceName: sourceName, format: format, headers: headers, keys: keys,
        arrival: trust.arrival)
    let rules = [.bytes, .envelope] + (found?.rules ?? []) + [.common]
    var findings = rules.map { FormatReport.Finding($0, trail.outcomes[$0]) }
    if let last, accepted == nil, !findings.contains(where: { $0.outcome == .failed }) {
        findings.append(FormatReport.Finding(.recognised, .failed(last)))
    }
    return FormatReport(
        source: sourceName, format: found?.id, findings: findings, isAccepted: accepted != nil,
        conforms: accepted != nil && !findings.contains { $0.outcome == .failed },
        requestCount: accepted?.count ?? 0,
        isAuthenticated: accepted?.allSatisfy { $0.request.authenticity.isVerified } ?? false,
        remarks: accepted?.flatMap(\.remarks) ?? [])
}

extension FormatRule {
    fileprivate static let recognised = FormatRule(
        "format", "the file is of a known format and holds a request", "Lethe, all formats")
}

extension FormatReport.Finding {
    fileprivate init(_ rule: FormatRule, _ outcome: RuleTrail.Outcome?) {
        var fault: RequestFault?
        let result: FormatReport.Outcome
        var message: String?
        switch outcome {
        case .passed: result = .passed
        case .failed(let broken):
            result = .failed
            fault = broken
            message = broken.rule
        case .notChecked(let reason):
            result = .notChecked
            message = reason
        case nil:
            result = .notChecked
            message = "an earlier rule is broken, or the message has nothing it applies to"
        }
        self.init(
            rule: rule.id, statement: rule.statement, section: rule.section,
            isEnforced: rule.isEnforced, outcome: result, message: message,
            code: fault?.code.rawValue, line: fault?.place.line, column: fault?.place.column,
            path: fault?.place.path)
    }
}
