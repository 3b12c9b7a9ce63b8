import Casework
import Domain
import Foundation
import Intake

/// What an answer says beside what the case knows.
package struct ReplyRequest: Sendable {
    /// Words to the person; nil for what the case's decision says.
    package var reason: String?
    package var verificationURL: String?
    package var resultsURL: String?
    package var statusURL: String?
    package var domain: String?
    package var controllerID: String?
    package var signer: ReplySigner?

    package init() {}
}

extension Workspace {
    /// Writes the answer to the sender in the sender's own format, and notes in the history what was
    /// said, by digest. Asked again, the present state is told anew.
    /// - Throws: `incomplete-reply` naming what the format cannot do without; `unknown-name` for a case
    ///   whose format is not built in; `vault-shredded`.
    package func reply(
        to id: CaseID, _ asked: ReplyRequest, actor: String
    ) throws -> [ReplyDocument] {
        let record = try cases.load(id)
        let format = try lookUp(
            record.sourceFormat, in: builtinFormats, kind: "request format", by: \.id)
        let stored = try cases.requestAndFile(of: id)
        let standIn = try record.progress.legal.supersededBy.map { try cases.load($0.by) }
        let status = outwardStatus(of: record, standIn: standIn)
        var facts = ReplyFacts(
            caseID: id.description, request: stored.request, status: status,
            receivedAt: record.receivedAt, writtenAt: clock.now(),
            rawRequest: stored.file.map(ReplyFacts.body) ?? Data())
        facts.expectedBy = record.dueAt
        facts.completedAt = record.closedAt
        let legal = record.progress.legal
        let words = asked.reason ?? legal.refusal?.text ?? legal.clock?.extended?.reason
        facts.reason = words.map(Sensitive.init)
        facts.verificationURL = asked.verificationURL
        facts.resultsURL = asked.resultsURL
        facts.statusURL = asked.statusURL
        facts.domain = asked.domain
        facts.controllerID = asked.controllerID
        facts.signer = asked.signer
        let documents = try format.reply(facts)
        try cases.appendNote(
            event: "reply-written", on: id, actor: actor,
            digests: Dictionary(
                documents.map { ($0.name, Digest(of: $0.body).hexadecimal) }
            ) { first, _ in first },
            facts: ["format": format.id, "status": status.name])
        return documents
    }
}
