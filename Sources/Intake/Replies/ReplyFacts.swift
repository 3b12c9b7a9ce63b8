import Domain
import Foundation

/// What an answer to the sender is made from.
package struct ReplyFacts: Sendable {
    /// Our id of the case, e.g. `C-2026-0007`.
    package var caseID: String
    /// The request as it was taken in.
    package var request: DeletionRequest
    package var status: OutwardStatus
    /// When the controller received the request.
    package var receivedAt: Timestamp
    /// When the answer is written.
    package var writtenAt: Timestamp
    /// The legal deadline as it stands, extensions included.
    package var expectedBy: Timestamp?
    package var completedAt: Timestamp?
    /// Words to the person: why it is refused or takes longer. They are sent as they are.
    package var reason: Sensitive<String>?
    /// Where the person can prove who they are; for `awaitingIdentity`.
    package var verificationURL: String?
    /// Where the certificate, or what the format calls results, can be fetched.
    package var resultsURL: String?
    /// Where the person can look the status up.
    package var statusURL: String?
    /// The message as it came in: headers left out, the body alone.
    package var rawRequest: Data
    /// Our domain, as OpenDSR, DDRF and PRIV name us.
    package var domain: String?
    /// Who the sender is in our system (OpenDSR `controller_id`).
    package var controllerID: String?
    package var signer: ReplySigner?

    package init(
        caseID: String, request: DeletionRequest, status: OutwardStatus, receivedAt: Timestamp,
        writtenAt: Timestamp, rawRequest: Data
    ) {
        self.caseID = caseID
        self.request = request
        self.status = status
        self.receivedAt = receivedAt
        self.writtenAt = writtenAt
        self.rawRequest = rawRequest
    }

    /// The body of a file that may be a whole HTTP message, which is what `rawRequest` has to be.
    package static func body(of file: Data) -> Data {
        (try? RequestMessage(file, headers: .none).body) ?? file
    }

    /// A value that this format's answers cannot do without.
    /// - Throws: `IntakeError` with code `incomplete-reply`.
    func required<Value>(_ value: Value?, _ what: String) throws -> Value {
        guard let value else {
            throw IntakeError(
                .incompleteReply, "An answer in this format needs \(what).",
                details: ["case": caseID, "missing": what],
                remedy: "Give \(what) and write the answer again.")
        }
        return value
    }

    /// A UUID of version 8 (RFC 9562) that is the same for the same case, status and time, so that
    /// writing an answer twice gives the same bytes.
    func identifier(for purpose: String) -> String {
        var text = Digest(of: "\(purpose)|\(caseID)|\(status.name)|\(writtenAt)").hexadecimal
            .prefix(32).map { $0 }
        text[12] = "8"
        text[16] = "8"
        let groups = [text[0..<8], text[8..<12], text[12..<16], text[16..<20], text[20..<32]]
        return groups.map { String($0) }.joined(separator: "-")
    }
}

/// One document of an answer.
package struct ReplyDocument: Sendable, Equatable {
    /// File name, unique within the answer, e.g. `opendsr-status.json`.
    package let name: String
    /// Media type, e.g. `application/json`.
    package let mediaType: String
    /// HTTP status the format asks for, or nil for a message that we send ourselves.
    package let httpStatus: Int?
    /// Header fields to send with it, signature included.
    package let headers: [RequestHeaders.Field]
    package let body: Data
    /// Where it is to be sent, for a callback.
    package let destination: Sensitive<String>?

    init(
        _ name: String, mediaType: String = "application/json", httpStatus: Int? = nil,
        headers: [RequestHeaders.Field] = [], body: Data, destination: String? = nil
    ) {
        self.name = name
        self.mediaType = mediaType
        self.httpStatus = httpStatus
        self.headers = headers
        self.body = body
        self.destination = destination.map(Sensitive.init)
    }
}

/// A JSON object of an answer: sorted keys, members without a value left out.
struct ReplyObject {
    private var members: [(key: String, value: JSONValue)] = []

    mutating func set(_ key: String, _ text: String?) {
        if let text { members.append((key, .string(text))) }
    }

    mutating func set(_ key: String, _ time: Timestamp?) { set(key, time?.description) }

    mutating func set(_ key: String, value: JSONValue?) {
        if let value { members.append((key, value)) }
    }

    var value: JSONValue {
        .object(
            members.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value) })
    }

    /// One line and a line feed.
    var data: Data { value.serialized() + Data("\n".utf8) }
}

extension RequestFormat {
    /// Writes the documents that tell the sender where a case stands, in the sender's own format.
    /// The same facts give the same bytes, except for signatures.
    /// - Throws: `IntakeError` with code `incomplete-reply`.
    package func reply(_ facts: ReplyFacts) throws -> [ReplyDocument] {
        try writeReply(facts)
    }
}
