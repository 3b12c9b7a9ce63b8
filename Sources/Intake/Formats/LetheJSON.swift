import Domain
import Foundation

/// JSON Schema (draft 2020-12) of the own JSON form.
package let requestJSONSchema = String(
    decoding: PackageResources.deletion_request_1_schema_json, as: UTF8.self)

extension RequestFormat {
    /// The own JSON form: one object, or an array of them.
    static let letheJSON = RequestFormat(
        id: "lethe-json",
        title: "Lethe deletion request, JSON",
        summary: "One object {\"lethe\": 1, ...} or an array of them. Unknown keys are refused.",
        source: "deletion-request-1.schema.json (JSON Schema, draft 2020-12), shipped with Lethe",
        rules: [letheJSONGrammar, letheJSONShape],
        recognises: { $0.hasKey("lethe", "subject") },
        parse: { message, _, trail in
            let nodes = try trail.require(letheJSONGrammar) {
                try JSONNode.requests(in: message.body)
            }
            return try trail.require(letheJSONShape) { try nodes.map(letheDraft) }
        },
        writeReply: { try [ownStatusJSON($0), ownStatusXML($0)] })
}

private let letheJSONGrammar = FormatRule(
    "json", "the document is JSON without duplicate keys, at most 32 levels deep", "RFC 8259")
private let letheJSONShape = FormatRule(
    "shape", "keys and values are those of the schema, none missing and none unknown",
    "deletion-request-1.schema.json")

private func letheDraft(_ node: JSONNode) throws -> RequestDraft {
    try node.requireObject(
        knownKeys: ["lethe", "id", "receivedAt", "regime", "subject", "ground", "scope", "note"])
    let version = try node.required("lethe")
    guard version.value == .number("1") else {
        throw RequestFault(
            "the version of the format must be the number 1", at: version.place,
            remedy: "This version of Lethe reads version 1 only.")
    }
    let subject = try node.required("subject")
    try subject.requireObject(knownKeys: ["identifiers"])
    let identifiers = try subject.required("identifiers")
    var draft = RequestDraft(
        id: try node.required("id").text(), identifiersPlace: identifiers.place)
    draft.receivedAt = try node.member("receivedAt")?.text()
    draft.regime = try node.member("regime")?.choice(Regime.self)
    draft.identifiers = try identifiers.items().map { item in
        try item.requireObject(knownKeys: ["type", "value", "format"])
        return RequestDraft.IdentifierDraft(
            kind: try item.required("type").choice(IdentifierKind.self),
            value: try item.required("value").text(),
            format: try item.member("format")?.choice(IdentifierFormat.self) ?? .raw)
    }
    draft.ground = try node.member("ground")?.text()
    if let scope = node.member("scope") {
        draft.scope =
            try scope.value.text == nil ? scope.items().map { try $0.text() } : [scope.text()]
    }
    draft.note = try node.member("note")?.text()
    return draft
}

/// Writes a request in the own JSON form: sorted keys, one line feed at the end, equal requests give
/// equal bytes. What a sender's message carries beside the request itself (authenticity, callbacks,
/// relationships, limits, demand ids) is not part of the form.
/// - Throws: `invalid-request` if the request would be refused when read.
package func requestJSON(_ request: DeletionRequest) throws -> Data {
    try CanonicalJSON.pretty(WrittenRequest(checkedForWriting(request))) + Data("\n".utf8)
}

/// A request that the readers accept.
/// - Throws: `invalid-request`.
func checkedForWriting(_ request: DeletionRequest) throws -> DeletionRequest {
    do {
        guard request.kind == .erasure else {
            throw RequestFault("the own forms carry requests for erasure only")
        }
        return try RequestRules.request(from: RequestDraft(request))
    } catch let fault as RequestFault {
        throw fault.error(source: "request to be written")
    }
}

private struct WrittenRequest: Encodable {
    struct Subject: Encodable { let identifiers: [Identifier] }
    struct Identifier: Encodable {
        let type: IdentifierKind
        let value: String
        let format: IdentifierFormat
    }
    let lethe = 1
    let id: String
    let receivedAt: Timestamp?
    let regime: Regime?
    let subject: Subject
    let ground: String?
    let scope: [String]?
    let note: String?

    init(_ request: DeletionRequest) {
        id = request.sourceID
        receivedAt = request.receivedAt
        regime = request.regime
        subject = Subject(
            identifiers: request.identifiers.map {
                Identifier(type: $0.kind, value: $0.value.revealed, format: $0.format)
            })
        ground = request.ground
        scope = request.scope.isEmpty ? nil : request.scope
        note = request.note?.revealed
    }
}
