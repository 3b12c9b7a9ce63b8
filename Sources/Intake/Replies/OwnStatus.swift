import Domain
import Foundation

/// JSON Schema (draft 2020-12) of the own status document.
package let statusJSONSchema = String(
    decoding: PackageResources.deletion_status_1_schema_json, as: UTF8.self)
/// XML Schema of the own status document.
package let statusXMLSchema = String(
    decoding: PackageResources.deletion_status_1_xsd, as: UTF8.self)

/// The own status document in JSON: sorted keys, one line.
func ownStatusJSON(_ facts: ReplyFacts) throws -> ReplyDocument {
    var body = ReplyObject()
    body.set("lethe-status", value: .number("1"))
    for (name, value) in members(of: facts) { body.set(name, value) }
    return ReplyDocument(
        "status.json", httpStatus: 200, headers: [.init("Content-Type", "application/json")],
        body: body.data)
}

/// The own status document in XML: the same members, as elements in the schema's order.
func ownStatusXML(_ facts: ReplyFacts) throws -> ReplyDocument {
    var lines = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<deletionStatus xmlns=\"urn:lethe:deletion-status:1\">",
    ]
    for (name, value) in members(of: facts) {
        lines.append("  <\(name)>\(escaped(value))</\(name)>")
    }
    lines.append("</deletionStatus>\n")
    return ReplyDocument(
        "status.xml", mediaType: "application/xml", httpStatus: 200,
        headers: [.init("Content-Type", "application/xml")],
        body: Data(lines.joined(separator: "\n").utf8))
}

/// Members that have a value, in the order of the schema.
private func members(of facts: ReplyFacts) -> [(name: String, value: String)] {
    var ground: String?
    if case .refused(let refusal) = facts.status { ground = refusal.rawValue }
    let all: [(name: String, value: String?)] = [
        ("case", facts.caseID), ("request", facts.request.sourceID), ("status", facts.status.name),
        ("ground", ground), ("reason", facts.reason?.revealed),
        ("receivedAt", facts.receivedAt.description),
        ("expectedBy", facts.status.isFinal ? nil : facts.expectedBy?.description),
        ("completedAt", facts.completedAt?.description),
        ("verificationURL", facts.status == .awaitingIdentity ? facts.verificationURL : nil),
        ("resultsURL", facts.status.isFinal ? facts.resultsURL : nil),
        ("writtenAt", facts.writtenAt.description),
    ]
    return all.compactMap { member in member.value.map { (member.name, $0) } }
}
