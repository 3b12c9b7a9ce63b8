import Domain
import Foundation
import Intake

/// One intake format, named by LETHE_FUZZ_FORMAT. The first byte of an input chooses: `#` makes the
/// rest the document inside a signed message, so that its content is reached without guessing
/// base64; anything else is the message itself. Held: errors are the reader's own, the report agrees
/// with intake, what is accepted can be written, read again and answered.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIntake(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = start.map { Data(bytes: $0, count: count) } ?? Data()
    let message =
        input.first == UInt8(ascii: "#") ? wrapped(Data(input.dropFirst())) : input
    for format in [fuzzedFormat, nil] {
        for keys in [IntakeKeys.none, fuzzKeys] {
            let accepted = read(message, format, keys)
            let report = try? checkFormat(message, format: format, keys: keys, arrival: arrival)
            precondition(report?.isAccepted == !accepted.isEmpty)
            for parsed in accepted { check(parsed, message) }
        }
    }
    return 0
}

private let fuzzedFormat = ProcessInfo.processInfo.environment["LETHE_FUZZ_FORMAT"]
private let arrival = Timestamp("2026-03-05T09:16:00Z")
private let fuzzKeys: IntakeKeys = {
    guard let path = ProcessInfo.processInfo.environment["LETHE_FUZZ_KEYS"],
        let data = FileManager.default.contents(atPath: path),
        let keys = try? IntakeKeys(parsing: data, sourceName: "keys")
    else { preconditionFailure("LETHE_FUZZ_KEYS names no key file") }
    return keys
}()

private func read(_ message: Data, _ format: String?, _ keys: IntakeKeys) -> [ParsedRequest] {
    do {
        return try parseRequests(
            message, sourceName: "fuzz", format: format, keys: keys, arrival: arrival)
    } catch let error as IntakeError {
        precondition(error.kind == .badInput && !error.message.contains("libxml2 status"))
        return []
    } catch {
        preconditionFailure("an error of another kind")
    }
}

/// What is accepted obeys the rules of the own forms, which read back as it, and can be answered.
private func check(_ parsed: ParsedRequest, _ message: Data) {
    let request = parsed.request
    if request.kind == .erasure {
        for written in [try? requestJSON(request), try? requestXML(request)] {
            guard let written,
                let again = try? parseRequests(written, sourceName: "again", format: nil).first
            else { preconditionFailure("an accepted request cannot be written and read") }
            precondition(again.request.identifiers == request.identifiers)
            precondition(again.request.sourceID.utf8.elementsEqual(request.sourceID.utf8))
        }
    }
    var facts = ReplyFacts(
        caseID: "C-2026-0001", request: request, status: .inProgress,
        receivedAt: request.receivedAt ?? Timestamp(secondsSince1970: 0),
        writtenAt: Timestamp(secondsSince1970: 0), rawRequest: ReplyFacts.body(of: message))
    facts.expectedBy = facts.writtenAt
    facts.controllerID = "c"
    facts.domain = "d.example"
    facts.statusURL = "https://d.example"
    for format in builtinFormats where format.id == parsed.formatID && format.id != "iab-ddrf" {
        guard let documents = try? format.reply(facts), !documents.isEmpty else {
            preconditionFailure("an accepted request cannot be answered")
        }
        for document in documents where document.mediaType == "application/json" {
            precondition((try? JSONParser.parse(document.body)) != nil)
        }
    }
}

private func url(_ data: Data) -> String {
    data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
        .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
}

/// The document inside a message of the format, with a signature that holds under no key. For tokens
/// the claims of the idJWT and of the rqJWT stand apart by a line of `---`.
private func wrapped(_ document: Data) -> Data {
    switch fuzzedFormat {
    case "drp": return (Data(repeating: 7, count: 64) + document).base64EncodedData()
    case "meta": return Data("signed_request=AAAA.\(url(document))".utf8)
    case "iab-ddrf":
        let mark = document.range(of: Data("\n---\n".utf8))
        let header = url(Data("{\"alg\":\"EdDSA\",\"kid\":\"unknown\"}".utf8))
        let inner = document[..<(mark?.lowerBound ?? document.endIndex)]
        let outer = mark.map { Data(document[$0.upperBound...]) } ?? Data()
        let identity = "\(header).\(url(Data(inner))).AAAA"
        let text = String(decoding: outer, as: UTF8.self)
            .replacingOccurrences(of: "ID", with: identity)
        return Data("\(header).\(url(Data(text.utf8))).AAAA".utf8)
    default: return Data("POST / HTTP/1.1\r\n\r\n".utf8) + document
    }
}
