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
    /// Whether a file looks like this format; it need not be valid. Never throws, so that a broken
    /// file of the format is reported as such.
    let recognises: @Sendable (RequestSketch) -> Bool
    /// Reads a file that is known to be UTF-8 of an acceptable size.
    /// Throws `RequestFault`, or the JSON parser's `malformed-json`.
    let parse: @Sendable (Data) throws -> [RequestDraft]
}

/// Every format, in the order in which automatic detection asks them.
package let builtinFormats: [RequestFormat] = [.letheJSON, .letheXML, .openDSR]

/// A request with the format it was read from.
package struct ParsedRequest: Sendable, Equatable {
    package let request: DeletionRequest
    /// Id of the format, e.g. `opendsr`.
    package let formatID: String
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
///   - data: the file's bytes; at most 1 MiB of UTF-8.
///   - sourceName: a file name or `standard input`; only names the source in errors.
///   - format: id of a format; nil or `auto` to detect it.
/// - Returns: at least one request, in file order, ids unique.
/// - Throws: `IntakeError` (see its codes; details `source`, `rule` and, as far as known, `line`,
///   `column`, `path`), or `unknown-name` for a format that does not exist. All or nothing: one bad
///   request refuses the whole file.
package func parseRequests(
    _ data: Data, sourceName: String, format: String?
) throws -> [ParsedRequest] {
    let named = try format.flatMap { id -> RequestFormat? in
        guard id != "auto" else { return nil }
        return try lookUp(id, in: builtinFormats, kind: "request format") { $0.id }
    }
    do {
        try RequestRules.checkBytes(data)
        let chosen = try named ?? detectFormat(of: data)
        return try RequestRules.requests(from: chosen.parse(data)).map {
            ParsedRequest(request: $0, formatID: chosen.id)
        }
    } catch let fault as RequestFault {
        throw fault.error(source: sourceName)
    } catch let error as DomainError where error.code == .malformedJSON {
        throw RequestFault(malformedJSON: error).error(source: sourceName)
    }
}

private func detectFormat(of data: Data) throws -> RequestFormat {
    let sketch = RequestSketch(data)
    if let format = builtinFormats.first(where: { $0.recognises(sketch) }) { return format }
    if let fault = sketch.jsonFault { throw RequestFault(malformedJSON: fault) }
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
