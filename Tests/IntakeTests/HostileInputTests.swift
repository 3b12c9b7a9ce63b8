import Domain
import Foundation
import Intake
import TestSupport
import Testing

/// A seeded generator (Steele, Lea and Flood 2014), so that a failing input can be made again.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct HostileInputTests {
    @Test(
        "Bombs and external entities are refused at their DOCTYPE",
        arguments: try Fixtures.files(in: "xml", extension: "xml"))
    func bombsAndExternalEntitiesAreRefusedAtTheirDOCTYPE(_ file: URL) throws {
        let error = try refusal(DurableFile.read(file), source: file.lastPathComponent)
        if file.lastPathComponent.hasPrefix("simple") {
            #expect(error.code == .invalidRequest)
            #expect(error.details["rule"]?.hasPrefix("the root must be deletionRequest") == true)
        } else {
            #expect(error.code == .malformedDocument)
            #expect(error.details["rule"] == "a DOCTYPE is not accepted")
        }
    }

    /// A reader that expanded these would need three gigabytes.
    @Test("A billion laughs is refused before it is read")
    func aBillionLaughsIsRefusedBeforeItIsRead() throws {
        var text = "<!DOCTYPE deletionRequest [\n<!ENTITY e0 \"lol\">\n"
        for level in 1...9 {
            let references = String(repeating: "&e\(level - 1);", count: 10)
            text += "<!ENTITY e\(level) \"\(references)\">\n"
        }
        text += "]>\n<deletionRequest xmlns=\"urn:lethe:deletion-request:1\" id=\"&e9;\"/>"
        let error = try refusal(text)
        #expect(error.details["rule"] == "a DOCTYPE is not accepted")
        #expect(error.details["line"] == "1")
    }

    /// The validator would load the schema that `xsi:schemaLocation` names. Here that schema declares
    /// the root, so a reader that followed it would accept the file.
    @Test("A schema named by the document is not loaded")
    func aSchemaNamedByTheDocumentIsNotLoaded() throws {
        let folder = try ScratchFolder()
        let schema = try folder.file(
            "other.xsd",
            """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other">
            <xs:element name="root" type="xs:string"/></xs:schema>
            """)
        let error = try refusal(
            """
            <root xmlns="urn:other" xmlns:x="http://www.w3.org/2001/XMLSchema-instance"
                x:schemaLocation="urn:other file://\(schema.path)">text</root>
            """)
        #expect(
            error.details["rule"]
                == "attributes of the namespace XMLSchema-instance are not accepted")
    }

    @Test(
        "No case of JSONTestSuite is a request",
        arguments: try Fixtures.files(in: "json/test_parsing", extension: "json"))
    func noCaseOfJSONTestSuiteIsARequest(_ file: URL) throws {
        let data = try DurableFile.read(file)
        for format in [nil] + builtinFormats.map({ Optional($0.id) }) {
            #expect(throws: IntakeError.self) {
                try parseRequests(data, sourceName: "case", format: format)
            }
        }
    }

    @Test("Deep nesting is refused in every format") func deepNestingIsRefusedInEveryFormat() throws
    {
        let json = String(repeating: "{\"subject\":", count: 50_000)
        #expect(try refusal(json).details["rule"] == "nesting is deeper than 32 levels")
        let xml = String(repeating: "<a>", count: 200_000)
        #expect(try refusal(xml).code == .malformedDocument)
    }

    @Test("Many requests at once do not disturb each other")
    func manyRequestsAtOnceDoNotDisturbEachOther() async throws {
        let good = try fixture("requests/own/full.xml")
        let bad = try fixture("requests/own/type-unknown.xml")
        let expected = try parseRequests(good, sourceName: "f", format: nil)
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<64 {
                group.addTask {
                    if index.isMultiple(of: 2) {
                        let read = try? parseRequests(good, sourceName: "f", format: nil)
                        return read == expected
                    }
                    do {
                        _ = try parseRequests(bad, sourceName: "f", format: nil)
                        return false
                    } catch {
                        return (error as? IntakeError)?.details["line"] == "3"
                    }
                }
            }
            for await held in group { #expect(held) }
        }
    }

    /// Bytes flipped, deleted, inserted, doubled or cut off: the parser answers or throws its own
    /// error; it never crashes, and what it accepts obeys the rules and can be written again.
    @Test(
        "Damaged files are read or refused",
        arguments: [
            "own/full.json", "own/batch.json", "own/full.xml", "own/batch.xml",
            "own/cdata-and-comments.xml", "opendsr/06-7-2-example-opendsr-request.corrected.json",
        ])
    func damagedFilesAreReadOrRefused(_ name: String) throws {
        let original = try [UInt8](fixture("requests/\(name)"))
        var generator = SplitMix64(state: UInt64(original.count))
        let telling =
            Array("\"\\{}[]<>&;!?'=:,@/-\u{7F}".utf8) + [0, 9, 10, 13, 0x80, 0xC3, 0xED, 0xFF]
        var acceptedCount = 0
        var refusedCount = 0
        for _ in 0..<1_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                guard !bytes.isEmpty else { break }
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(telling.randomElement(using: &generator) ?? 0, at: index)
                case 3: bytes[index] = telling.randomElement(using: &generator) ?? 0
                case 4:
                    let end = min(bytes.count, index + Int.random(in: 1...40, using: &generator))
                    bytes.insert(contentsOf: Array(bytes[index..<end]), at: index)
                default: bytes.removeSubrange(index...)
                }
            }
            do {
                for parsed in try parseRequests(Data(bytes), sourceName: "damaged", format: nil) {
                    let written = try requestXML(parsed.request)
                    let again = try parseRequests(written, sourceName: "again", format: nil)
                    #expect(again.map(\.request) == [parsed.request.asWritten])
                }
                acceptedCount += 1
            } catch let error as IntakeError {
                #expect(error.kind == .badInput)
                refusedCount += 1
            }
        }
        // Both ways must have been taken, or the damage was too light or too heavy to tell anything.
        #expect(acceptedCount > 20)
        #expect(refusedCount > 200)
    }
}
