import Domain
import StrictYAML

/// The part of a policy that says which checks are run beside the standing ones.
extension PolicyFile {
    private typealias Count = WritableKeyPath<RequiredChecks, Int> & Sendable

    private static let counts: [(name: String, path: Count)] = [
        ("beam-width", \.beamWidth), ("sample-count", \.sampleCount),
        ("sample-token-count", \.sampleTokenCount), ("stranger-count", \.strangerCount),
        ("rounding-group-size", \.roundingGroupSize),
        ("unrelated-record-count", \.unrelatedRecordCount),
    ]

    /// Either `release-context`, which stands for a ready list, or `checks`; and how they are made.
    static func requiredChecks(
        _ node: YAMLNode, _ source: YAMLSource
    ) throws -> RequiredChecks {
        let map = try source.mapping(
            node, "required-checks", keys: ["release-context", "checks"] + counts.map(\.name))
        var required: RequiredChecks
        switch (map["release-context"], map["checks"]) {
        case (let entry?, nil):
            guard let name = entry.value.string, let context = ReleaseContext(rawValue: name)
            else {
                let known = ReleaseContext.allCases.map(\.rawValue).joined(separator: ", ")
                throw source.malformed("release-context must be one of: \(known)", at: entry.value)
            }
            required = RequiredChecks(for: context)
        case (nil, let entry?):
            required = RequiredChecks(try checkIDs(entry.value, source))
        default:
            throw source.malformed(
                "required-checks needs either release-context or checks", at: node)
        }
        for (name, path) in counts {
            guard let entry = map[name] else { continue }
            guard let value = entry.value.int else {
                throw source.malformed("\(name) must be a whole number", at: entry.value)
            }
            required[keyPath: path] = value
            do { try required.validate() } catch let error as DomainError {
                throw source.malformed(error.message, at: entry.value)
            }
        }
        return required
    }

    private static func checkIDs(_ node: YAMLNode, _ source: YAMLSource) throws -> [String] {
        guard let items = node.sequence, !items.isEmpty else {
            throw source.malformed("checks must be a list of at least one check", at: node)
        }
        return try items.map { item in
            let id = item.string ?? ""
            guard RequiredChecks.known.contains(id) else {
                throw source.malformed(
                    "there is no check \"\(id)\" to be required; those are: "
                        + RequiredChecks.known.joined(separator: ", "),
                    at: item, nearest: nearestName(to: id, among: RequiredChecks.known))
            }
            return id
        }
    }
}
