import Domain
import StrictYAML

/// The part of a policy that says how the desk works: whose identity is asked for, how days are
/// counted, who may approve, which cases share a run.
extension PolicyFile {
    static let deskKeys = [
        "identity", "calendar", "time-zone", "four-eyes", "groups", "drift", "retention-days",
        "certificates",
    ]

    /// What a key is given that asks for nothing, as if it were not there.
    private static let nothing = "none"

    static func identity(_ node: YAMLNode, _ source: YAMLSource) throws -> IdentityLevel? {
        guard node.string != nothing else { return nil }
        let levels = IdentityLevel.allCases.filter { $0 > .unverified }
        guard let level = node.string.flatMap({ IdentityLevel(rawValue: $0) }), level > .unverified
        else {
            throw source.malformed(
                "identity must be none or one of: "
                    + levels.map(\.rawValue).joined(separator: ", "),
                at: node,
                nearest: node.string.flatMap {
                    nearestName(to: $0, among: levels.map(\.rawValue))
                })
        }
        return level
    }

    static func calendar(_ node: YAMLNode, _ source: YAMLSource) throws -> String? {
        guard node.string != nothing else { return nil }
        let known = builtinCalendars.map(\.id)
        guard let id = node.string, known.contains(id) else {
            throw source.malformed(
                "calendar must be none or one of: " + known.joined(separator: ", "), at: node,
                nearest: node.string.flatMap { nearestName(to: $0, among: known) })
        }
        return id
    }

    static func timeZone(_ node: YAMLNode, _ source: YAMLSource) throws -> String? {
        guard let id = node.string, let zone = ControllerZone(id: id) else {
            throw source.malformed(
                "time-zone must be UTC or the name of a place, such as Europe/Berlin", at: node)
        }
        return zone == .utc ? nil : id
    }

    static func fourEyes(_ node: YAMLNode, _ source: YAMLSource) throws -> Bool? {
        guard let value = node.bool else {
            throw source.malformed("four-eyes must be true or false", at: node)
        }
        return value ? true : nil
    }

    static func groups(_ node: YAMLNode, _ source: YAMLSource) throws -> GroupingPolicy {
        let map = try source.mapping(node, "groups", keys: ["window-seconds", "maximum-persons"])
        func count(_ key: String, atLeast least: Int) throws -> Int? {
            try map[key].map { entry in
                guard let value = entry.value.int, value >= least else {
                    throw source.malformed(
                        "\(key) must be a whole number, at least \(least)", at: entry.value)
                }
                return value
            }
        }
        return GroupingPolicy(
            windowSeconds: try count("window-seconds", atLeast: 0),
            maximumPersons: try count("maximum-persons", atLeast: 1))
    }

    static func drift(_ node: YAMLNode, _ source: YAMLSource) throws -> DriftBudget {
        let map = try source.mapping(node, "drift", keys: ["maximum-utility-loss", "then"])
        let loss = try source.required("maximum-utility-loss", in: map, of: node)
        guard let value = loss.value.float, value > 0, value <= 1 else {
            throw source.malformed(
                "maximum-utility-loss must be a number in (0, 1]", at: loss.value)
        }
        let then = try source.required("then", in: map, of: node)
        guard let remedy = then.value.string.flatMap({ DriftRemedy(rawValue: $0) }) else {
            let known = DriftRemedy.allCases.map(\.rawValue).joined(separator: ", ")
            throw source.malformed("then must be one of: \(known)", at: then.value)
        }
        return DriftBudget(maximumUtilityLoss: value, then: remedy)
    }

    static func certificates(_ node: YAMLNode, _ source: YAMLSource) throws -> CertificatePolicy {
        let map = try source.mapping(
            node, "certificates", keys: ["organisation", "release-context", "log-origin"])
        func line(_ key: String, _ rule: String, _ holds: (String) -> Bool) throws -> String? {
            try map[key].map { entry in
                guard let text = entry.value.string, holds(text) else {
                    throw source.malformed("\(key) must be \(rule)", at: entry.value)
                }
                return text
            }
        }
        let known = ReleaseContext.allCases.map(\.rawValue)
        let context = try line(
            "release-context", "one of: " + known.joined(separator: ", "), known.contains)
        return CertificatePolicy(
            organisation: try line("organisation", "a name of up to 200 characters in one line") {
                !$0.isEmpty && $0.count <= 200 && !$0.contains(where: \.isNewline)
            },
            releaseContext: context.flatMap { ReleaseContext(rawValue: $0) },
            logOrigin: try line(
                "log-origin", "a domain and a path without spaces, such as example.org/deletions"
            ) { text in
                (3...200).contains(text.utf8.count)
                    && text.utf8.allSatisfy { (33...126).contains($0) && $0 != 43 }
            })
    }

    static func retentionDays(_ node: YAMLNode, _ source: YAMLSource) throws -> Int {
        guard let value = node.int, value >= 0 else {
            throw source.malformed("retention-days must be a whole number, at least 0", at: node)
        }
        return value
    }
}

extension Policy {
    /// The calendar the policy names; weekends alone if it names none.
    /// - Throws: `unknown-name`, `malformed-calendar`.
    package func workingCalendar() throws -> WorkingCalendar {
        try WorkingCalendar.named(calendar)
    }

    /// The zone the policy names, else UTC.
    /// - Throws: `malformed-value` if this machine does not know it.
    package func controllerZone() throws -> ControllerZone {
        guard let timeZone else { return .utc }
        guard let zone = ControllerZone(id: timeZone) else {
            throw DomainError(
                .malformedValue, "This machine knows no time zone \"\(timeZone)\".",
                details: ["time-zone": timeZone],
                remedy: "Install the time zone data, or correct `time-zone` in the policy.")
        }
        return zone
    }

    /// - Throws: `unknown-name`, `malformed-value`.
    func validateDesk() throws {
        _ = try workingCalendar()
        _ = try controllerZone()
        let inRange =
            (drift.map { $0.maximumUtilityLoss > 0 && $0.maximumUtilityLoss <= 1 } ?? true)
            && groups?.windowSeconds ?? 0 >= 0 && groups?.maximumPersons ?? 1 >= 1
            && retentionDays ?? 0 >= 0
        guard inRange else {
            throw DomainError(
                .malformedValue,
                "A number of the policy's groups, drift or retention is out of range.",
                remedy: "Correct the policy file.")
        }
    }
}
