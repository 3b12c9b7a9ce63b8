import Domain
import Foundation
import StrictYAML

/// Reads a policy from YAML. Nothing in the file is passed over: an unknown key, a key given twice
/// or a value of the wrong type is an error with its line.
package enum PolicyFile {
    /// The version of the form, given as `lethe-policy`.
    package static let version = 1
    /// The permanent id of the control, which no policy may rely on.
    package static let controlMethod = "none"

    /// - Parameter methods: the known ids of methods, for messages about unknown ones.
    /// - Throws: `malformed-document`, `unknown-key`; `file-unreadable`.
    package static func read(_ url: URL, methods: [String]) throws -> Policy {
        let (source, text) = try YAMLSource.read(url)
        return try parse(text, name: source.name, methods: methods)
    }

    /// - Parameter name: what to call the text in messages, e.g. the file's name.
    /// - Throws: `malformed-document`, `unknown-key`.
    package static func parse(_ text: String, name: String, methods: [String]) throws -> Policy {
        let source = YAMLSource(name: name)
        let root = try source.compose(text)
        let top = try source.mapping(
            root, "the policy",
            keys: [
                "lethe-policy", "name", "regime", "exact-budget", "methods", "gate",
            ] + deskKeys)
        let form = try source.required("lethe-policy", in: top, of: root)
        guard form.value.int == version else {
            throw source.malformed("lethe-policy must be \(version)", at: form.value)
        }
        let regime = try source.required("regime", in: top, of: root)
        guard let regimeID = regime.value.string, let law = Regime(rawValue: regimeID) else {
            let known = Regime.allCases.map(\.rawValue).joined(separator: ", ")
            throw source.malformed("regime must be one of: \(known)", at: regime.value)
        }
        let policy = Policy(
            name: try policyName(in: top, of: root, source), regime: law,
            ladder: try ladder(in: top, of: root, methods, source),
            gate: try top["gate"].map { try gate($0.value, source) } ?? GatePolicy(),
            exactBudget: try top["exact-budget"].map { try exactBudget($0.value, source) },
            identity: try top["identity"].flatMap { try identity($0.value, source) },
            calendar: try top["calendar"].flatMap { try calendar($0.value, source) },
            timeZone: try top["time-zone"].flatMap { try timeZone($0.value, source) },
            fourEyes: try top["four-eyes"].flatMap { try fourEyes($0.value, source) },
            groups: try top["groups"].map { try groups($0.value, source) },
            drift: try top["drift"].map { try drift($0.value, source) },
            retentionDays: try top["retention-days"].map { try retentionDays($0.value, source) },
            certificates: try top["certificates"].map { try certificates($0.value, source) })
        do { try policy.validate() } catch let error as DomainError {
            throw source.malformed(error.message, at: top["gate"]?.value)
        }
        return policy
    }

    private static func policyName(
        in top: YAMLSource.Mapping, of root: YAMLNode, _ source: YAMLSource
    ) throws -> String {
        let entry = try source.required("name", in: top, of: root)
        guard let name = entry.value.string, !name.isEmpty, name.utf8.count <= 64,
            name.utf8.allSatisfy({
                (97...122).contains($0) || (48...57).contains($0) || $0 == 45
            })
        else {
            throw source.malformed(
                "name must be up to 64 lower-case letters, digits and hyphens", at: entry.value)
        }
        return name
    }

    private static func ladder(
        in top: YAMLSource.Mapping, of root: YAMLNode, _ methods: [String], _ source: YAMLSource
    ) throws -> [PolicyRung] {
        let entry = try source.required("methods", in: top, of: root)
        guard let items = entry.value.sequence, !items.isEmpty else {
            throw source.malformed("methods must be a list of at least one method", at: entry.value)
        }
        var rungs: [PolicyRung] = []
        for item in items {
            let rung = try rung(item, methods, source)
            guard !rungs.contains(where: { $0.method == rung.method }) else {
                throw source.malformed("the method \(rung.method) is listed twice", at: item)
            }
            rungs.append(rung)
        }
        guard rungs.contains(where: { $0.maximumPersons == nil }) else {
            throw source.malformed(
                "at least one method must be without maximum-persons, or a larger run has none",
                at: entry.value)
        }
        return rungs
    }

    private static func gate(_ node: YAMLNode, _ source: YAMLSource) throws -> GatePolicy {
        var gate = GatePolicy()
        let map = try source.mapping(node, "gate", keys: GateKey.all.map(\.name))
        for key in GateKey.all {
            guard let entry = map[key.name] else { continue }
            switch key.target {
            case .real(let path):
                guard let value = entry.value.float, value.isFinite else {
                    throw source.malformed("gate.\(key.name) must be a number", at: entry.value)
                }
                gate[keyPath: path] = value
            case .count(let path):
                guard let value = entry.value.int else {
                    throw source.malformed(
                        "gate.\(key.name) must be a whole number", at: entry.value)
                }
                gate[keyPath: path] = value
            case .requiredChecks: gate.requiredChecks = try requiredChecks(entry.value, source)
            case .generatedTwins:
                guard let value = entry.value.string.flatMap({ GeneratedTwins(rawValue: $0) })
                else {
                    throw source.malformed(
                        "gate.\(key.name) must be allowed or refused", at: entry.value)
                }
                // As without the key, so that both policies have one digest.
                gate.generatedTwins = value == .refused ? nil : value
            }
            // Checked after each key, so that the message can name the line.
            do { try gate.validate() } catch let error as DomainError {
                throw source.malformed(error.message, at: entry.value)
            }
        }
        return gate
    }
}

extension Policy {
    /// What must hold of every policy, wherever it comes from: a ladder without the control, and a
    /// gate within its ranges.
    /// - Throws: `malformed-value`.
    package func validate() throws {
        guard !ladder.isEmpty, !ladder.contains(where: { $0.method == PolicyFile.controlMethod })
        else {
            throw DomainError(
                .malformedValue, "The ladder is empty or holds the control.",
                remedy: "Correct the policy file.")
        }
        try validateDesk()
        try gate.validate()
    }
}
