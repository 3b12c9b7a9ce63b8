import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite(.serialized) struct HostileFileTests {
    /// Most memory the process has had, in KiB.
    private func peakKibibytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.split(separator: " ").dropFirst().first ?? ""))
    }

    /// Of whatever size; other suites run in the same process, hence the allowance.
    private static let allowanceKibibytes = 200 * 1024

    @Test("A file of one gibibyte is refused by its size, unread")
    func aFileOfOneGibibyteIsRefusedByItsSizeUnread() throws {
        let folder = try ScratchFolder()
        let url = try folder.file("big.json", "{")
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: 1 << 30)
        try handle.close()
        let before = try peakKibibytes()
        let error = try #require(#expect(throws: IntakeError.self) { try readRequestFile(url) })
        #expect(error.code == .unreadableText)
        #expect(
            error.details["rule"]
                == "the file has 1073741824 bytes or more; at most 1048576 are accepted")
        #expect(try peakKibibytes() - before < Self.allowanceKibibytes)
    }

    /// A device has no size to refuse it by and no end.
    @Test("What never ends is read up to the limit") func whatNeverEndsIsReadUpToTheLimit() throws {
        let error = try #require(
            #expect(throws: IntakeError.self) {
                try readRequestFile(URL(fileURLWithPath: "/dev/zero"))
            })
        #expect(error.code == .unreadableText)
        let missing = #expect(throws: DomainError.self) {
            try readRequestFile(URL(fileURLWithPath: "/nowhere/x.json"))
        }
        #expect(missing?.code == .fileUnreadable)
    }

    @Test("A file is read whole") func aFileIsReadWhole() throws {
        let folder = try ScratchFolder()
        let text = String(repeating: "a", count: 1 << 20)
        let url = try folder.file("full", text)
        #expect(try readRequestFile(url) == Data(text.utf8))
    }

    /// What the bombs of defusedxml and a billion laughs would grow to is gigabytes.
    @Test("Bombs and external entities are refused in constant memory, in every envelope")
    func bombsAndExternalEntitiesAreRefusedInConstantMemoryInEveryEnvelope() throws {
        let before = try peakKibibytes()
        for file in try Fixtures.files(in: "xml", extension: "xml") {
            let data = try DurableFile.read(file)
            for message in [data, Data("POST / HTTP/1.1\r\n\r\n".utf8) + data] {
                for format in [nil, "lethe-xml"] {
                    let error = #expect(throws: IntakeError.self) {
                        try parseRequests(message, sourceName: "bomb", format: format)
                    }
                    #expect(error?.kind == .badInput)
                }
            }
        }
        #expect(try peakKibibytes() - before < Self.allowanceKibibytes)
    }

    @Test("Files in other encodings are refused, not guessed")
    func filesInOtherEncodingsAreRefusedNotGuessed() throws {
        for name in ["own/minimal.json", "own/minimal.xml", "signed/drp-deletion.txt"] {
            let text = String(decoding: try fixture("requests/\(name)"), as: UTF8.self)
            for encoding in [
                String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32,
            ] {
                let data = try #require(text.data(using: encoding))
                #expect(try refusal(data).code == .unreadableText)
            }
        }
        let latin = Data("<deletionRequest id=\"M".utf8) + [0xE4] + Data("ra\"/>".utf8)
        #expect(try refusal(latin).details["rule"] == "the file is not valid UTF-8")
        // A byte-order mark is allowed in XML and nowhere in JSON (RFC 8259, 8.1).
        let mark = Data([0xEF, 0xBB, 0xBF])
        let json = try refusal(mark + fixture("requests/own/minimal.json"))
        #expect(json.code == .malformedDocument)
        let xml = try parseRequests(
            mark + fixture("requests/own/minimal.xml"), sourceName: "f", format: nil)
        #expect(xml.count == 1)
    }

    @Test("Deep nesting inside signed parts is refused, too")
    func deepNestingInsideSignedPartsIsRefusedToo() throws {
        let deep = String(repeating: "{\"a\":", count: 60_000)
        let drp = (Data(repeating: 7, count: 64) + Data(deep.utf8)).base64EncodedData()
        #expect(try refusal(drp, format: "drp").code == .malformedDocument)
        func url(_ text: String) -> String {
            Data(text.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
                .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        }
        let meta = "signed_request=AAAA." + url(deep)
        #expect(try refusal(meta, format: "meta").code == .malformedDocument)
        let token = url("{\"alg\":\"EdDSA\"}") + "." + url(String(deep.prefix(90_000))) + ".AAAA"
        #expect(try refusal(token, format: "iab-ddrf").code == .malformedDocument)
    }

    /// Every format reads every other format's good files: it must refuse or read, never crash.
    @Test("Every format survives every file", arguments: builtinFormats.map(\.id))
    func everyFormatSurvivesEveryFile(_ format: String) throws {
        for folder in [
            "requests/signed", "requests/opendsr", "requests/drp", "json/test_transform",
        ] {
            let url = Fixtures.root.appendingPathComponent(folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() {
                guard let data = try? DurableFile.read(url.appendingPathComponent(name)) else {
                    continue
                }
                for keys in [IntakeKeys.none, try testKeys()] {
                    do {
                        _ = try parseRequests(data, sourceName: name, format: format, keys: keys)
                    } catch let error as IntakeError {
                        #expect(error.kind == .badInput)
                    }
                }
            }
        }
    }

    @Test(
        "Damaged signed messages are read as unauthenticated or refused",
        arguments: [
            "opendsr-rsa.http", "drp-deletion.http", "drp-deletion.txt", "ddrf-es256.jwt",
            "shopify-redact.http", "meta-form.txt",
        ])
    func damagedSignedMessagesAreReadAsUnauthenticatedOrRefused(_ name: String) throws {
        let original = try [UInt8](fixture("requests/signed/\(name)"))
        let keys = try testKeys()
        let whole = try signed(Data(original), keys).request
        var generator = SplitMix64(state: UInt64(original.count))
        var refusedCount = 0
        for _ in 0..<600 {
            var bytes = original
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<7, using: &generator)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: index)
            default: bytes.removeSubrange(index...)
            }
            do {
                // Damage outside of what is signed may leave it verified, but then it says the same.
                for parsed in try parseRequests(
                    Data(bytes), sourceName: "damaged", format: nil, keys: keys,
                    arrival: arrivalOfSigned)
                where parsed.request.authenticity.isVerified {
                    #expect(parsed.request.identifiers == whole.identifiers)
                    #expect(parsed.request.limits == whole.limits)
                }
            } catch let error as IntakeError {
                #expect(error.kind == .badInput)
                refusedCount += 1
            }
        }
        #expect(refusedCount > 100)
    }
}
