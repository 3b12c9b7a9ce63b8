import Domain
import Foundation

/// XML Schema of the own XML form.
package let requestXMLSchema = String(
    decoding: PackageResources.deletion_request_1_xsd, as: UTF8.self)

/// The namespace carries the version of the format.
let letheXMLNamespace = "urn:lethe:deletion-request:1"

extension RequestFormat {
    /// The own XML form: one `deletionRequest`, or several in `deletionRequests`.
    static let letheXML = RequestFormat(
        id: "lethe-xml",
        title: "Lethe deletion request, XML",
        summary: """
            Root deletionRequest or deletionRequests in urn:lethe:deletion-request:1, validated \
            against its schema. A DOCTYPE is refused.
            """,
        source: "deletion-request-1.xsd (XML Schema 1.0), shipped with Lethe",
        rules: [letheXMLGrammar, letheXMLSchema],
        recognises: { $0.firstByte == UInt8(ascii: "<") },
        parse: { message, _, trail in
            let root: XMLTree
            do {
                root = try XMLTree.parse(message.body, schema: requestXMLSchema)
            } catch let fault as RequestFault where fault.code == .malformedDocument {
                return try trail.require(letheXMLGrammar) { throw fault }
            } catch let fault as RequestFault {
                try trail.check(letheXMLGrammar) {}
                return try trail.require(letheXMLSchema) { throw fault }
            }
            try trail.check(letheXMLGrammar) {}
            return try trail.require(letheXMLSchema) {
                root.name == "deletionRequests"
                    ? try root.children.map(letheDraft) : [try letheDraft(root)]
            }
        },
        writeReply: { try [ownStatusXML($0), ownStatusJSON($0)] })
}

private let letheXMLGrammar = FormatRule(
    "xml", "the document is XML in UTF-8 without DOCTYPE and entities, at most 32 levels deep",
    "XML 1.0")
private let letheXMLSchema = FormatRule(
    "schema", "the document is valid against the schema", "deletion-request-1.xsd")

/// The schema has been enforced; what is still missing here would be its defect.
private func letheDraft(_ element: XMLTree) throws -> RequestDraft {
    guard let id = element.attribute("id"), let subject = element.children(named: "subject").first
    else { throw RequestFault("the request has no id or no subject", at: element.place) }
    var draft = RequestDraft(id: id, identifiersPlace: subject.place)
    draft.receivedAt = element.attribute("receivedAt")
    draft.regime = try element.attribute("regime").map { try choice($0) }
    draft.identifiers = try subject.children(named: "identifier").map { identifier in
        guard let type = identifier.attribute("type") else {
            throw RequestFault("the attribute type is missing", at: identifier.place)
        }
        return RequestDraft.IdentifierDraft(
            kind: try choice(type), value: identifier.located,
            format: try identifier.attribute("format").map { try choice($0) } ?? .raw)
    }
    draft.ground = element.children(named: "ground").first?.located
    draft.scope = element.children(named: "scope").map(\.located)
    draft.note = element.children(named: "note").first?.located
    return draft
}

private func choice<Choice>(
    _ text: Located<String>
) throws -> Choice where Choice: RawRepresentable<String> & CaseIterable {
    guard let choice = Choice(rawValue: text.value) else {
        throw RequestFault(
            "the value is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))",
            at: text.place)
    }
    return choice
}

/// Writes a request in the own XML form; equal requests give equal bytes.
/// - Throws: `invalid-request` if the request would be refused when read.
package func requestXML(_ request: DeletionRequest) throws -> Data {
    let request = try checkedForWriting(request)
    var attributes = [("id", request.sourceID)]
    if let time = request.receivedAt { attributes.append(("receivedAt", time.description)) }
    if let regime = request.regime { attributes.append(("regime", regime.rawValue)) }
    var lines = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<deletionRequest xmlns=\"\(letheXMLNamespace)\"\(written(attributes))>",
        "  <subject>",
    ]
    for identifier in request.identifiers {
        let names = [
            ("type", identifier.kind.rawValue), ("format", identifier.format.rawValue),
        ]
        lines.append("    " + element("identifier", names, identifier.value.revealed))
    }
    lines.append("  </subject>")
    if let ground = request.ground { lines.append("  " + element("ground", [], ground)) }
    for name in request.scope { lines.append("  " + element("scope", [], name)) }
    if let note = request.note { lines.append("  " + element("note", [], note.revealed)) }
    lines.append("</deletionRequest>\n")
    return Data(lines.joined(separator: "\n").utf8)
}

private func element(_ name: String, _ attributes: [(String, String)], _ text: String) -> String {
    "<\(name)\(written(attributes))>\(escaped(text))</\(name)>"
}

private func written(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
}

/// A carriage return is written as a reference because XML readers turn a plain one into a line feed.
func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result.append(contentsOf: "&amp;".unicodeScalars)
        case "<": result.append(contentsOf: "&lt;".unicodeScalars)
        case ">": result.append(contentsOf: "&gt;".unicodeScalars)
        case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
        case "\r": result.append(contentsOf: "&#13;".unicodeScalars)
        default: result.append(scalar)
        }
    }
    return String(result)
}
