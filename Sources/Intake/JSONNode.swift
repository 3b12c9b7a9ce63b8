import Domain
import Foundation

/// A JSON value that knows its key path, read with rules that name the path when they fail.
struct JSONNode: Sendable {
    let value: JSONValue
    /// `subject.identifiers[0].value`; empty at the top.
    let path: String

    var place: Place { Place(path: path) }

    /// A document, with the limits of a request file.
    /// - Parameter part: what the document is, if it stands inside another one; positions are then
    ///   those inside the part, and say so.
    /// - Throws: `RequestFault` with code `malformed-document`.
    static func document(_ data: Data, part: String? = nil) throws -> JSONNode {
        let limits = JSONParser.Limits(
            depth: RequestRules.depth, byteCount: RequestRules.fileByteCount)
        do {
            return JSONNode(value: try JSONParser.parse(data, limits: limits), path: "")
        } catch let error as DomainError {
            let fault = RequestFault(malformedJSON: error)
            guard let part else { throw fault }
            throw RequestFault(fault.code, "\(fault.rule) (in \(part))", at: fault.place)
        }
    }

    /// The objects of a document that is one object or an array of them.
    /// - Throws: `RequestFault`.
    static func requests(in data: Data) throws -> [JSONNode] {
        let document = try document(data)
        switch document.value {
        case .object: return [document]
        case .array: return try document.items()
        default:
            throw RequestFault(
                "the document is a \(document.value.typeName); an object or an array is expected")
        }
    }

    /// Requires an object whose keys are all among `known`.
    func requireObject(knownKeys known: [String]) throws {
        try requireObject()
        for member in value.members ?? []
        where !known.contains(where: { $0.utf8.elementsEqual(member.key.utf8) }) {
            throw Self.unknownKey(member.key, in: self, known: known)
        }
    }

    func requireObject() throws {
        guard value.members != nil else { throw wrongType("an object") }
    }

    /// The member with this key, or nil.
    func member(_ key: String) -> JSONNode? {
        value[key].map { JSONNode(value: $0, path: path.isEmpty ? key : "\(path).\(key)") }
    }

    /// The member with this key, which must be there.
    func required(_ key: String) throws -> JSONNode {
        guard let member = member(key) else {
            throw RequestFault("the key \(key) is missing", at: place)
        }
        return member
    }

    /// The elements of an array.
    func items() throws -> [JSONNode] {
        guard let items = value.items else { throw wrongType("an array") }
        return items.enumerated().map { index, item in
            JSONNode(value: item, path: "\(path)[\(index)]")
        }
    }

    func text() throws -> Located<String> {
        guard let text = value.text else { throw wrongType("a string") }
        return Located(text, at: place)
    }

    /// A string that is one of an enumeration's raw values.
    func choice<Choice>(
        _ type: Choice.Type
    ) throws -> Choice where Choice: RawRepresentable<String> & CaseIterable {
        guard let choice = Choice(rawValue: try text().value) else {
            throw RequestFault(
                "the value is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))",
                at: place)
        }
        return choice
    }

    private func wrongType(_ expected: String) -> RequestFault {
        RequestFault("\(expected) is expected, not \(value.article) \(value.typeName)", at: place)
    }

    /// A key is named only if it looks like one: it might be somebody's e-mail address.
    private static func unknownKey(
        _ key: String, in parent: JSONNode, known: [String]
    ) -> RequestFault {
        let allowed = known.joined(separator: ", ")
        guard isPlainKey(key) else {
            return RequestFault(
                "there is an unknown key, not shown here; known are \(allowed)", at: parent.place)
        }
        let nearest = known.map { ($0, editDistance($0, key)) }.min { $0.1 < $1.1 }
        let remedy = nearest.flatMap { $0.1 <= 3 ? "Did you mean \"\($0.0)\"?" : nil }
        return RequestFault(
            "the key is unknown; known are \(allowed)",
            at: Place(path: parent.path.isEmpty ? key : "\(parent.path).\(key)"), remedy: remedy)
    }

    private static func isPlainKey(_ key: String) -> Bool {
        guard let first = key.utf8.first, key.utf8.count <= 40 else { return false }
        let isLetter = { (byte: UInt8) in (65...90).contains(byte & 0xDF) }
        return isLetter(first)
            && key.utf8.allSatisfy { isLetter($0) || $0 == 45 || $0 == 95 }
    }
}

extension JSONValue {
    fileprivate var article: String {
        switch self {
        case .array, .object: "an"
        default: "a"
        }
    }
}
