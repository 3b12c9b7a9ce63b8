import Domain
import Foundation

/// A request as it came: headers and body. A file is a body alone or a whole HTTP/1.1 message
/// (request line, header lines, blank line, body), so that signatures travel with what they sign.
struct RequestMessage: Sendable {
    /// Most header lines of a message.
    static let headerCount = 100
    /// Longest header line, in bytes; RSA-4096 signatures need 700.
    static let headerByteCount = 8_192

    let headers: RequestHeaders
    let body: Data
    /// Lines of the file before the body, so that positions in errors are those of the file.
    let lineOffset: Int

    /// - Parameters:
    ///   - data: UTF-8 without NUL.
    ///   - headers: given beside the file; added to those inside it.
    /// - Throws: `RequestFault` with code `malformed-document` for a broken HTTP message,
    ///   `invalid-request` for one that is a response.
    init(_ data: Data, headers: RequestHeaders) throws {
        guard Self.isHTTP(data) else {
            self.headers = headers
            body = data
            lineOffset = 0
            return
        }
        var lines = HeaderLines(data)
        guard let first = lines.next() else {
            throw RequestFault(.malformedDocument, "the file is empty")
        }
        let words = first.split(separator: " ", omittingEmptySubsequences: false)
        guard !first.hasPrefix("HTTP/") else {
            throw RequestFault(
                .notADeletionRequest, "this is an HTTP response, not a request", at: Place(line: 1))
        }
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0",
            words[1].hasPrefix("/"), words[1].utf8.allSatisfy({ (33...126).contains($0) })
        else {
            throw RequestFault(
                .malformedDocument,
                "the request line must be a method, a path and HTTP/1.1", at: Place(line: 1))
        }
        let fields = try Self.fields(&lines)
        self.headers = RequestHeaders(
            method: String(words[0]), target: String(words[1]), fields + headers.fields)
        body = Data(try Self.body(lines.rest, headers: self.headers))
        lineOffset = lines.count
    }

    /// The position in the file of a position in the body.
    func place(_ place: Place) -> Place {
        Place(path: place.path, line: place.line.map { $0 + lineOffset }, column: place.column)
    }

    /// A request line or a status line begins the file.
    private static func isHTTP(_ data: Data) -> Bool {
        let line = data.prefix(headerByteCount).prefix { $0 != 10 && $0 != 13 }
        return line.starts(with: Data("HTTP/1.".utf8))
            || line.suffix(9).starts(with: Data(" HTTP/1.".utf8))
    }

    private static func fields(_ lines: inout HeaderLines) throws -> [RequestHeaders.Field] {
        var fields: [(name: String, value: String)] = []
        while let line = lines.next() {
            if line.isEmpty { return fields.map { RequestHeaders.Field($0.name, $0.value) } }
            let place = Place(line: lines.count)
            guard line.utf8.count <= headerByteCount, fields.count < headerCount else {
                throw RequestFault(.malformedDocument, "the headers are too long", at: place)
            }
            guard !line.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\t" }) else {
                throw RequestFault(
                    .malformedDocument, "a header holds a control character", at: place)
            }
            if let last = fields.indices.last, isContinuation(line, of: fields[last].name) {
                fields[last].value += line.trimmingCharacters(in: .whitespaces)
                guard fields[last].value.utf8.count <= headerByteCount else {
                    throw RequestFault(.malformedDocument, "the headers are too long", at: place)
                }
                continue
            }
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
                line[..<colon].utf8.allSatisfy(isTokenByte)
            else {
                throw RequestFault(
                    .malformedDocument,
                    "a header line is a name, a colon and a value; a blank line ends the headers",
                    at: place)
            }
            let value = line[line.index(after: colon)...]
            fields.append(
                (String(line[..<colon]), value.trimmingCharacters(in: .whitespaces)))
        }
        return fields.map { RequestHeaders.Field($0.name, $0.value) }
    }

    /// The examples of OpenDSR break the base64 of a signature over several lines without indenting
    /// them. That is taken for this header alone.
    private static func isContinuation(_ line: String, of name: String) -> Bool {
        name.lowercased() == "x-opendsr-signature"
            && line.utf8.allSatisfy { Base64Text.isDigit($0) || $0 == UInt8(ascii: "=") }
    }

    /// Bytes of a token, RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// The body as long as its length says. What an editor adds behind it (line ends) is cut.
    private static func body(_ rest: Data, headers: RequestHeaders) throws -> Data {
        guard !headers.has("Transfer-Encoding") else {
            throw RequestFault(
                .malformedDocument, "a body in transfer coding is not accepted",
                at: Place(path: "header Transfer-Encoding"), remedy: "Store the decoded body.")
        }
        guard let text = try headers.value("Content-Length") else { return rest }
        guard let count = Int(text), count >= 0, count <= rest.count,
            rest.dropFirst(count).allSatisfy({ $0 == 10 || $0 == 13 })
        else {
            throw RequestFault(
                .malformedDocument, "the body has not the length that the header says",
                at: Place(path: "header Content-Length"))
        }
        return rest.prefix(count)
    }
}

/// Lines that end with LF or CR LF, one after another; what is left is the body.
private struct HeaderLines {
    private(set) var rest: Data
    private(set) var count = 0

    init(_ data: Data) { rest = data }

    mutating func next() -> String? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: 10) ?? rest.endIndex
        var line = rest[rest.startIndex..<end]
        rest = end == rest.endIndex ? Data() : rest[rest.index(after: end)...]
        if line.last == 13 { line = line.dropLast() }
        count += 1
        return String(decoding: line, as: UTF8.self)
    }
}
