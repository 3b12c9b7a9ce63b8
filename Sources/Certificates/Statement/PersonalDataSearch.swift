import Domain
import Foundation

/// Values shorter than this stand in any text by chance.
private let minimumValueByteCount = 5

/// Refuses to sign a text that holds one of the person's values: case does not matter, and a value
/// counts only where it is not part of a longer word or number.
/// - Throws: `personal-data` naming the place in the document, never the value.
func refusePersonalData(
    in payload: Data, values: [Sensitive<String>], case id: CaseID
) throws {
    let needles = values.map { folded($0.revealed) }.filter { $0.count >= minimumValueByteCount }
    guard !needles.isEmpty else { return }
    for (place, text) in texts(in: try JSONParser.parse(payload), at: "") {
        let haystack = folded(text)
        guard needles.contains(where: { contains($0, in: haystack) }) else { continue }
        throw CertificateError(
            .personalData,
            "The certificate of case \(id) would hold the person's data at \(place); nothing was "
                + "signed.",
            details: ["case": id.description, "place": place],
            remedy: "Remove it from the reason, name or note it came from.")
    }
}

/// Every string of the document with the path to it. The path of a key names its object only, for
/// the key itself may be what is searched for.
private func texts(in value: JSONValue, at path: String) -> [(place: String, text: String)] {
    switch value {
    case .string(let text): [(path, text)]
    case .array(let items):
        items.enumerated().flatMap { texts(in: $1, at: "\(path)[\($0)]") }
    case .object(let members):
        members.enumerated().flatMap { index, member -> [(place: String, text: String)] in
            let isPlainName = member.key.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || $0 == 95
            }
            let name = isPlainName && member.key.utf8.count < 24 ? member.key : "#\(index)"
            let place = path.isEmpty ? name : "\(path).\(name)"
            return [(path.isEmpty ? "the top" : path, member.key)]
                + texts(in: member.value, at: place)
        }
    case .null, .bool, .number: []
    }
}

private func folded(_ text: String) -> [UInt8] {
    Array(
        text.trimmingCharacters(in: .whitespacesAndNewlines)
            .precomposedStringWithCompatibilityMapping.lowercased().utf8)
}

private func contains(_ needle: [UInt8], in haystack: [UInt8]) -> Bool {
    guard let first = needle.first, haystack.count >= needle.count else { return false }
    func isWord(_ index: Int) -> Bool {
        guard haystack.indices.contains(index) else { return false }
        let byte = haystack[index]
        return (48...57).contains(byte) || (97...122).contains(byte) || byte >= 128
    }
    for start in 0...(haystack.count - needle.count) where haystack[start] == first {
        let end = start + needle.count
        if !isWord(start - 1), !isWord(end), haystack[start..<end].elementsEqual(needle) {
            return true
        }
    }
    return false
}
