import Domain

/// One rule of a format.
package struct FormatRule: Sendable, Hashable {
    /// Permanent within its format, e.g. `request-id`.
    package let id: String
    /// What must hold, as a sentence without a full stop.
    package let statement: String
    /// Where the specification says it.
    package let section: String
    /// Whether a message that breaks the rule is refused. A rule that is not enforced is one that
    /// specifications state and senders often break without harm.
    package let isEnforced: Bool

    init(_ id: String, _ statement: String, _ section: String, isEnforced: Bool = true) {
        self.id = id
        self.statement = statement
        self.section = section
        self.isEnforced = isEnforced
    }

    /// Ids are unique within a format, and looking rules up happens for every request.
    package static func == (a: FormatRule, b: FormatRule) -> Bool { a.id == b.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// Rules of every format: the first two before, the last after those of its own.
    static let bytes = FormatRule(
        "bytes", "the file is UTF-8 without NUL, 1 byte to 1 MiB", "Lethe, all formats")
    static let envelope = FormatRule(
        "envelope", "headers, if any, are those of one HTTP request", "RFC 9112, 2.1")
    static let common = FormatRule(
        "common", "ids, identifiers, times and texts obey the rules of all formats",
        "Lethe, all formats")
}

/// Keeps which rules of a format a message has passed.
///
/// While a request is taken in, the first broken rule ends it. A conformance report goes on where it
/// can: `check` and `attempt` note the fault and let the reader continue, `require` cannot.
final class RuleTrail {
    enum Purpose { case intake, report }
    enum Outcome: Sendable {
        case passed
        case failed(RequestFault)
        case notChecked(String)
    }

    private let purpose: Purpose
    private(set) var outcomes: [FormatRule: Outcome] = [:]
    /// Lines of the file before the body that is being read.
    var lineOffset = 0

    init(_ purpose: Purpose) { self.purpose = purpose }

    /// A rule without which nothing further can be said.
    func require<Value>(_ rule: FormatRule, _ body: () throws -> Value) throws -> Value {
        do {
            let value = try body()
            note(rule, .passed)
            return value
        } catch let fault as RequestFault {
            let place = Place(
                path: fault.place.path, line: fault.place.line.map { $0 + lineOffset },
                column: fault.place.column)
            note(rule, .failed(RequestFault(fault.code, fault.rule, at: place)))
            throw fault
        }
    }

    /// A rule that others do not depend on.
    func check(_ rule: FormatRule, _ body: () throws -> Void) throws {
        _ = try attempt(rule, body)
    }

    /// A rule that gives a value others can do without; nil only in a report.
    func attempt<Value>(_ rule: FormatRule, _ body: () throws -> Value) throws -> Value? {
        do { return try require(rule, body) } catch let fault as RequestFault {
            if purpose == .intake, rule.isEnforced { throw fault }
            return nil
        }
    }

    /// Says why a rule could not be looked at.
    func skip(_ rule: FormatRule, _ reason: String) {
        if outcomes[rule] == nil { outcomes[rule] = .notChecked(reason) }
    }

    /// A rule that several parts of a message must obey holds if all do; the first fault counts.
    private func note(_ rule: FormatRule, _ outcome: Outcome) {
        if case .failed = outcomes[rule] { return }
        outcomes[rule] = outcome
    }
}
