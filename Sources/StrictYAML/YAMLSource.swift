import Domain
import Foundation
import Yams

package struct YAMLErrorCode: ErrorCode {
    package let rawValue: String
    package var kind: FailureKind { .badInput }
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let malformedDocument = YAMLErrorCode(rawValue: "malformed-document")
    package static let unknownKey = YAMLErrorCode(rawValue: "unknown-key")
}

package typealias YAMLError = CodedError<YAMLErrorCode>

/// A YAML file people write for Lethe (a policy, a recipe): turns nodes into values, or into errors
/// that give file and line. Nothing is passed over: unknown and repeated keys are refused.
package struct YAMLSource: Sendable {
    package struct Entry {
        package let key: Node
        package let value: Node
    }
    package typealias Mapping = [String: Entry]

    /// What to call the text in messages, e.g. the file's name.
    package let name: String

    package init(name: String) { self.name = name }

    /// - Throws: `file-unreadable`, `malformed-document`.
    package static func read(_ url: URL) throws -> (source: YAMLSource, text: String) {
        let source = YAMLSource(name: url.lastPathComponent)
        guard let text = String(data: try DurableFile.read(url), encoding: .utf8) else {
            throw source.malformed("it is not UTF-8 text", at: nil)
        }
        return (source, text)
    }

    /// The document's root node.
    package func compose(_ text: String) throws -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw malformed("it is empty", at: nil)
            }
            return node
        } catch let error as YamlError {
            let line = error.description.split(separator: "\n").first.map(String.init)
            throw malformed("it is not valid YAML (\(line ?? "unreadable"))", at: nil)
        }
    }

    /// The members of a mapping.
    /// - Parameter keys: the allowed keys; nil allows any.
    package func mapping(_ node: Node, _ what: String, keys: [String]?) throws -> Mapping {
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

    package func required(_ key: String, in mapping: Mapping, of node: Node) throws -> Entry {
        guard let entry = mapping[key] else { throw malformed("\(key) is missing", at: node) }
        return entry
    }

    /// A whole number in a range, or the fallback where the key is absent.
    package func integer(
        _ key: String, in mapping: Mapping, of node: Node, range: ClosedRange<Int>,
        default fallback: Int? = nil
    ) throws -> Int {
        guard let entry = mapping[key] else {
            if let fallback { return fallback }
            throw malformed("\(key) is missing", at: node)
        }
        guard let value = entry.value.int, range.contains(value) else {
            throw malformed("\(key) must be a whole number in \(range)", at: entry.value)
        }
        return value
    }

    /// A real number that satisfies `condition`, or the fallback where the key is absent.
    package func real(
        _ key: String, in mapping: Mapping, of node: Node, _ rule: String,
        default fallback: Double? = nil, where condition: (Double) -> Bool
    ) throws -> Double {
        guard let entry = mapping[key] else {
            if let fallback { return fallback }
            throw malformed("\(key) is missing", at: node)
        }
        guard let value = entry.value.float ?? entry.value.int.map(Double.init), value.isFinite,
            condition(value)
        else { throw malformed("\(key) must be \(rule)", at: entry.value) }
        return value
    }

    package func boolean(_ key: String, in mapping: Mapping, default fallback: Bool) throws -> Bool
    {
        guard let entry = mapping[key] else { return fallback }
        guard let value = entry.value.bool else {
            throw malformed("\(key) must be true or false", at: entry.value)
        }
        return value
    }

    /// One of the listed words.
    package func word(
        _ key: String, in mapping: Mapping, of node: Node, oneOf words: [String],
        default fallback: String? = nil
    ) throws -> String {
        guard let entry = mapping[key] else {
            if let fallback { return fallback }
            throw malformed("\(key) is missing", at: node)
        }
        guard let value = entry.value.string, words.contains(value) else {
            throw malformed(
                "\(key) must be one of: \(words.joined(separator: ", "))", at: entry.value,
                nearest: entry.value.string.flatMap { nearestName(to: $0, among: words) })
        }
        return value
    }

    package func malformed(_ what: String, at node: Node?, nearest: String? = nil) -> YAMLError {
        let line = node?.mark?.line
        let sentence = what.hasSuffix(".") ? what : what + "."
        return YAMLError(
            .malformedDocument, "\(place(line)): \(sentence)", details: details(line),
            remedy: nearest.map { "Did you mean \"\($0)\"?" } ?? "Correct \(name).")
    }

    private func unknown(_ key: String, in what: String, _ node: Node, _ known: [String])
        -> YAMLError
    {
        let line = node.mark?.line
        var details = details(line)
        details["key"] = key
        return YAMLError(
            .unknownKey,
            "\(place(line)): \(what) has no key \"\(key)\". "
                + "Known: \(known.joined(separator: ", ")).",
            details: details,
            remedy: nearestName(to: key, among: known).map { "Did you mean \"\($0)\"?" })
    }

    private func place(_ line: Int?) -> String { name + (line.map { ", line \($0)" } ?? "") }

    private func details(_ line: Int?) -> [String: String] {
        var details = ["file": name]
        details["line"] = line.map { String($0) }
        return details
    }
}

/// A node of a YAML document, for readers that do not import the library themselves.
package typealias YAMLNode = Node
