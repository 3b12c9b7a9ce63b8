import Domain
import Foundation

/// A kind of request file. To add one: a file in `Formats/` and an entry in `builtinFormats`.
package struct RequestFormat: Sendable {
    /// Permanent id, e.g. `lethe-json`.
    package let id: String
    package let title: String
    /// What of the format is read, in one or two sentences, for `lethe formats`.
    package let summary: String
    /// The specification it follows.
    package let source: String
    /// Its own rules, in the order in which a message is checked.
    package let rules: [FormatRule]
    /// Whether a message is of this format by its request line, headers or first bytes alone, so
    /// that a signature can be checked before anything is parsed. Never throws.
    var recognisesEnvelope: @Sendable (RequestMessage) -> Bool = { _ in false }
    /// Whether a file looks like this format; it need not be valid. Never throws, so that a broken
    /// file of the format is reported as such.
    let recognises: @Sendable (RequestSketch) -> Bool
    /// Reads a message that is known to be UTF-8 of an acceptable size. Throws `RequestFault`.
    let parse: @Sendable (RequestMessage, IntakeTrust, RuleTrail) throws -> [RequestDraft]
    /// Writes the documents that tell the sender where a case stands.
    let writeReply: @Sendable (ReplyFacts) throws -> [ReplyDocument]
}

/// Every format, in the order in which automatic detection asks them.
package let builtinFormats: [RequestFormat] = [
    .letheJSON, .letheXML, .openDSR, .dataRightsProtocol, .iabDeletionFramework, .priv, .shopify,
    .meta,
]

/// A request with the format it was read from.
package struct ParsedRequest: Sendable, Equatable {
    package let request: DeletionRequest
    /// Id of the format, e.g. `opendsr`.
    package let formatID: String
    /// What the operator should know and the request does not carry, e.g. that another demand of the
    /// message was not taken in. No personal data.
    package let remarks: [String]
}

/// What a reader trusts.
struct IntakeTrust: Sendable {
    let keys: IntakeKeys
    /// When the message arrived; validity is held against it.
    let arrival: Timestamp

    /// How far a sender's clock may be ahead of ours, in seconds.
    static let clockToleranceSeconds: Int64 = 300

    /// A sender's time as the time of receipt: not after the message arrived, however far the
    /// sender's clock is ahead.
    func receipt(_ time: Timestamp, at place: Place) -> Located<String> {
        Located(min(time, arrival).description, at: place)
    }
}

/// What detection knows of a file without understanding it.
struct RequestSketch: Sendable {
    let data: Data
    /// The first byte that is neither white space nor part of a byte-order mark.
    let firstByte: UInt8?
    /// The error of the JSON grammar, if the file begins like JSON and breaks it.
    let jsonFault: DomainError?
    private let keys: [String]?

    init(_ data: Data) {
        self.data = data
        let start = data.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        firstByte = data.dropFirst(start).first { ![9, 10, 13, 32].contains($0) }
        guard firstByte == UInt8(ascii: "{") || firstByte == UInt8(ascii: "[") else {
            (jsonFault, keys) = (nil, nil)
            return
        }
        do {
            let value = try JSONParser.parse(data, limits: .untrusted)
            let object = value.items?.first ?? value
            (jsonFault, keys) = (nil, object.members?.map(\.key) ?? [])
        } catch {
            (jsonFault, keys) = (error as? DomainError, nil)
        }
    }

    /// Whether the (first) JSON object has one of these keys. In a file that is not valid JSON they
    /// are looked for as text.
    func hasKey(_ names: String...) -> Bool {
        if let keys { return names.contains { keys.contains($0) } }
        guard jsonFault != nil else { return false }
        return names.contains { data.range(of: Data("\"\($0)\"".utf8)) != nil }
    }
}

/// Reads the requests of one file.
/// - Parameters:
///   - data: the file's bytes; at most 1 MiB of UTF-8: a body, or a whole HTTP request.
///   - sourceName: a file name or `standard input`; only names the source in errors.
///   - format: id of a format; nil or `auto` to detect it.
///   - headers: header fields that travelled with a body, if they are known.
///   - keys: what signatures are checked with. A signature that does not hold refuses the file
///     before its content is parsed; without a key for it, the request is unauthenticated.
///   - arrival: when the message arrived, for formats whose messages expire; nil means now.
/// - Returns: at least one request, in file order, ids unique.
/// - Throws: `IntakeError` (see its codes; details `source`, `rule` and, as far as known, `line`,
///   `column`, `path`), or `unknown-name` for a format that does not exist. All or nothing: one bad
///   request refuses the whole file.
package func parseRequests(
    _ data: Data, sourceName: String, format: String?, headers: RequestHeaders = .none,
    keys: IntakeKeys = .none, arrival: Timestamp? = nil
) throws -> [ParsedRequest] {
    let trust = IntakeTrust(keys: keys, arrival: arrival ?? SystemClock().now())
    let named = try format.flatMap(namedFormat)
    do {
        return try readRequests(data, headers, named, trust, RuleTrail(.intake)).requests
    } catch let fault as RequestFault {
        throw fault.error(source: sourceName)
    }
}

/// The format with this id; nil for `auto`.
/// - Throws: `unknown-name`.
func namedFormat(_ id: String) throws -> RequestFormat? {
    guard id != "auto" else { return nil }
    return try lookUp(id, in: builtinFormats, kind: "request format") { $0.id }
}

/// Bytes, envelope, format, content, common rules: the one way in, for intake and for reports.
/// - Throws: `RequestFault` with positions of the file.
func readRequests(
    _ data: Data, _ headers: RequestHeaders, _ named: RequestFormat?, _ trust: IntakeTrust,
    _ trail: RuleTrail, onFormat: (RequestFormat) -> Void = { _ in }
) throws -> (format: RequestFormat, requests: [ParsedRequest]) {
    try trail.require(.bytes) { try RequestRules.checkBytes(data) }
    let message = try trail.require(.envelope) { try RequestMessage(data, headers: headers) }
    let format = try named ?? detectFormat(of: message)
    onFormat(format)
    trail.lineOffset = message.lineOffset
    do {
        let drafts = try format.parse(message, trust, trail)
        let requests = try trail.require(.common) { try RequestRules.requests(from: drafts) }
        let parsed = zip(requests, drafts).map {
            ParsedRequest(request: $0, formatID: format.id, remarks: $1.remarks)
        }
        return (format, parsed)
    } catch let fault as RequestFault {
        throw RequestFault(
            fault.code, fault.rule, at: message.place(fault.place), remedy: fault.remedy)
    }
}

private func detectFormat(of message: RequestMessage) throws -> RequestFormat {
    if let format = builtinFormats.first(where: { $0.recognisesEnvelope(message) }) {
        return format
    }
    let sketch = RequestSketch(message.body)
    if let format = builtinFormats.first(where: { $0.recognises(sketch) }) { return format }
    if let fault = sketch.jsonFault {
        let malformed = RequestFault(malformedJSON: fault)
        throw RequestFault(malformed.code, malformed.rule, at: message.place(malformed.place))
    }
    let known = builtinFormats.map(\.id).joined(separator: ", ")
    throw RequestFault(
        .unrecognisedFormat, "the file is in none of the known formats (\(known))",
        remedy: "Name the format with --format, or see `lethe formats`.")
}

extension RequestFault {
    /// The JSON parser's error as a fault at its line and column.
    init(malformedJSON error: DomainError) {
        self.init(
            .malformedDocument, error.details["rule"] ?? "the file is not valid JSON",
            at: Place(
                line: error.details["line"].flatMap { Int($0) },
                column: error.details["column"].flatMap { Int($0) }))
    }
}
