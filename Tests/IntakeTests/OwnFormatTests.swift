import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct OwnFormatTests {
    @Test("A good file is read as Python reads it", arguments: try ExpectedRequests.load().good)
    func aGoodFileIsReadAsPythonReadsIt(_ good: ExpectedRequests.Good) throws {
        let data = try fixture("requests/own/\(good.file)")
        for format in [nil, "auto", ownFormat(good.file)] {
            let parsed = try parseRequests(data, sourceName: good.file, format: format)
            #expect(parsed.map { ExpectedRequests.Normal($0.request) } == good.requests)
            #expect(parsed.allSatisfy { $0.formatID == ownFormat(good.file) })
            // String equality would not see a change of normalisation form.
            for (read, expected) in zip(parsed, good.requests) {
                #expect(read.request.sourceID.utf8.elementsEqual(expected.id.utf8))
                for (identifier, other) in zip(read.request.identifiers, expected.identifiers) {
                    #expect(identifier.value.revealed.utf8.elementsEqual(other[1].utf8))
                }
            }
        }
    }

    @Test("The full request is the same in both forms") func theFullRequestIsTheSameInBothForms()
        throws
    {
        func read(_ name: String) throws -> DeletionRequest? {
            try parseRequests(fixture("requests/own/\(name)"), sourceName: name, format: nil)
                .first?.request
        }
        let request = try #require(try read("full.json"))
        #expect(try read("full.xml") == request)
        #expect(try read("escaped.json") == request)
        #expect(request.identifiers.map(\.kind.rawValue).count == 11)
        #expect(Set(request.identifiers.map(\.kind)) == Set(IdentifierKind.allCases))
    }

    @Test(
        "A bad file is refused with a rule and no personal data",
        arguments: try ExpectedRequests.load().bad)
    func aBadFileIsRefusedWithARuleAndNoPersonalData(_ bad: ExpectedRequests.Bad) throws {
        let data = try fixture("requests/own/\(bad.file)")
        for format in [nil, ownFormat(bad.file)] {
            let error = try refusal(data, source: bad.file, format: format)
            #expect(error.kind == .badInput)
            #expect(error.message.hasPrefix(bad.file))
            #expect(error.details["source"] == bad.file)
            #expect(error.details["rule"]?.isEmpty == false)
            #expect(error.remedy?.isEmpty == false)
            #expect(!error.message.contains("libxml2 error"), "a rule without words of its own")
            let shown = "\(error) \(error.details)".lowercased()
            for secret in ["mara", "velde", "a@b", "december", "dear", "nbsp", "aaaa"] {
                #expect(!shown.contains(secret))
            }
        }
    }

    /// Where the published schemas say no, we do; what only we refuse is on this list.
    @Test("The rules that no schema can express are these only")
    func theRulesThatNoSchemaCanExpressAreTheseOnly() throws {
        let onlyHere = try ExpectedRequests.load().bad.filter(\.schema).map(\.file)
        #expect(
            onlyHere == [
                "birth-date-impossible.json", "time-impossible.json", "duplicate-id.json",
                "duplicate-key.json", "value-line-break.xml", "email-two-at.xml", "hash-short.xml",
                "hash-md5-short.xml", "time-impossible.xml", "duplicate-id.xml",
                "schema-location.xml", "doctype.xml",
                "doctype-internal.xml", "doctype-external.xml", "latin-1.xml",
            ])
    }

    @Test("The shipped schemas are the published files")
    func theShippedSchemasAreThePublishedFiles() throws {
        let folder = Fixtures.repository.appendingPathComponent("Sources/Intake/Schemas")
        func published(_ name: String) throws -> Data {
            try DurableFile.read(folder.appendingPathComponent(name))
        }
        #expect(
            try Data(requestJSONSchema.utf8) == published("deletion-request-1.schema.json"))
        #expect(try Data(requestXMLSchema.utf8) == published("deletion-request-1.xsd"))
        let schema = try JSONParser.parse(Data(requestJSONSchema.utf8))
        #expect(schema["$schema"]?.text == "https://json-schema.org/draft/2020-12/schema")
        let identifier = schema["$defs"]?["identifier"]?["properties"]
        #expect(
            identifier?["type"]?["enum"]?.items?.compactMap(\.text)
                == IdentifierKind.allCases.map(\.rawValue))
        #expect(
            identifier?["format"]?["enum"]?.items?.compactMap(\.text)
                == IdentifierFormat.allCases.map(\.rawValue))
        let regimes = schema["$defs"]?["request"]?["properties"]?["regime"]?["enum"]
        #expect(regimes?.items?.compactMap(\.text) == Regime.allCases.map(\.rawValue))
        for value in IdentifierKind.allCases.map(\.rawValue) + Regime.allCases.map(\.rawValue) {
            #expect(requestXMLSchema.contains("<xs:enumeration value=\"\(value)\"/>"))
        }
    }

    @Test("Formats have permanent ids and describe themselves")
    func formatsHavePermanentIDsAndDescribeThemselves() {
        #expect(
            builtinFormats.map(\.id) == [
                "lethe-json", "lethe-xml", "opendsr", "drp", "iab-ddrf", "priv", "shopify", "meta",
            ])
        for format in builtinFormats {
            #expect(!format.title.isEmpty && !format.summary.isEmpty && !format.source.isEmpty)
            #expect(Set(format.rules.map(\.id)).count == format.rules.count)
            #expect(format.rules.allSatisfy { !$0.statement.isEmpty && !$0.section.isEmpty })
        }
    }

    @Test("Every file of the format folder is in the list")
    func everyFileOfTheFormatFolderIsInTheList() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Fixtures.repository.appendingPathComponent("Sources/Intake/Formats").path)
        #expect(
            files.sorted() == [
                "DataRightsProtocol.swift", "IABDeletionFramework.swift", "LetheJSON.swift",
                "LetheXML.swift", "Meta.swift", "OpenDSR.swift", "PRIV.swift", "Shopify.swift",
            ])
        #expect(files.count == builtinFormats.count)
    }

    @Test("An unknown format names the known ones") func anUnknownFormatNamesTheKnownOnes() throws {
        let error = try #require(
            #expect(throws: DomainError.self) {
                try parseRequests(Data("{}".utf8), sourceName: "x", format: "lethe-jsn")
            })
        #expect(error.code == .unknownName)
        #expect(error.message.contains("drp, iab-ddrf, lethe-json, lethe-xml, meta, opendsr, priv"))
        #expect(error.remedy == "Did you mean \"lethe-json\"?")
    }
}
