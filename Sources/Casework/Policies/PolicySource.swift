import Domain
import Yams

/// A policy text with a name: turns nodes into values or into errors that give the line.
struct PolicySource {
    struct Entry {
        let key: Node
        let value: Node
    }
    typealias Mapping = [String: Entry]

    let name: String

    /// The members of a mapping.
    /// - Parameter keys: the allowed keys; nil allows any.
    func mapping(_ node: Node, _ what: String, keys: [String]?) throws -> Mapping {
        guard let mapping = node.mapping else {
            throw malformed("\(what) must be a mapping of keys to values", at: node)
        }
        var members: Mapping = [:]
        for (key, value) in mapping {
            guard let text = key.string else {
                throw malformed("\(what) has a key that is not text", at: key)
            }
            if let keys, !keys.contains(text) { throw unknown(text, in: what, key, keys) }
            guard members.updateValue(Entry(key: key, value: value), forKey: text) == nil else {
                throw malformed("\(text) is given twice", at: key)
            }
        }
        return members
    }

    func required(_ key: String, in mapping: Mapping, of node: Node) throws -> Entry {
        guard let entry = mapping[key] else {
            throw malformed("\(key) is missing", at: node)
        }
        return entry
    }

    func malformed(_ what: String, at node: Node?, nearest: String? = nil) -> CaseworkError {
        let line = node?.mark?.line
        let sentence = what.hasSuffix(".") ? what : what + "."
        return CaseworkError(
            .malformedPolicy, "\(name)\(line.map { ", line \($0)" } ?? ""): \(sentence)",
            details: details(line),
            remedy: nearest.map { "Did you mean \"\($0)\"?" } ?? "Correct the policy file.")
    }

    private func unknown(
        _ key: String, in what: String, _ node: Node, _ known: [String]
    ) -> CaseworkError {
        let line = node.mark?.line
        var details = details(line)
        details["key"] = key
        return CaseworkError(
            .unknownPolicyKey,
            "\(name)\(line.map { ", line \($0)" } ?? ""): \(what) has no key \"\(key)\". "
                + "Known: \(known.joined(separator: ", ")).",
            details: details,
            remedy: nearestName(to: key, among: known).map { "Did you mean \"\($0)\"?" })
    }

    private func details(_ line: Int?) -> [String: String] {
        var details = ["file": name]
        details["line"] = line.map { String($0) }
        return details
    }
}

/// The known name with the smallest edit distance; the first of several.
func nearestName(to name: String, among known: [String]) -> String? {
    known.min { editDistance($0, name) < editDistance($1, name) }
}
