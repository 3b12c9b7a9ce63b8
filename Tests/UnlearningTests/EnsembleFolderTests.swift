import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

@Suite struct EnsembleFolderTests {
    private let scratch: ScratchFolder
    private let ensemble: EnsembleModel
    private let folder: URL

    init() throws {
        scratch = try ScratchFolder()
        let scene = try ShardedScene(slices: 1)
        ensemble = try scene.trained("all").ensemble()
        folder = scratch.url.appendingPathComponent("ensemble")
        try ensemble.save(to: folder)
        withExtendedLifetime(scene) {}
    }

    private var list: URL { folder.appendingPathComponent(EnsembleModel.listName) }
    private var second: URL { folder.appendingPathComponent("member-2/model.safetensors") }

    @Test("Written and read again, an ensemble has its members and its digest")
    func round() throws {
        let read = try EnsembleModel(folder: folder)
        #expect(read.members.map(\.digest) == ensemble.members.map(\.digest))
        #expect(read.digest == ensemble.digest)
        #expect(try Digest(ofFileAt: list) == ensemble.digest)
        #expect(EnsembleModel.isEnsemble(folder))
        let member = folder.appendingPathComponent("member-1")
        #expect(!EnsembleModel.isEnsemble(member))
        // A member is a model's folder like any other.
        #expect(try LanguageModel(folder: member).digest == ensemble.members[0].digest)
    }

    #if os(Linux)
        @Test("sha256sum checks the members and gives the digest")
        func external() throws {
            func run(_ line: String) throws -> (status: Int32, output: String) {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/sh")
                process.arguments = ["-c", line]
                process.currentDirectoryURL = folder
                let pipe = Pipe()
                process.standardOutput = pipe
                process.standardError = FileHandle.nullDevice
                try process.run()
                let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
                process.waitUntilExit()
                return (process.terminationStatus, String(decoding: data, as: UTF8.self))
            }
            #expect(try run("sha256sum -c members.sha256").status == 0)
            let printed = try run("sha256sum members.sha256").output
            #expect(printed.hasPrefix(ensemble.digest.hexadecimal + " "))
            try FileManager.default.removeItem(at: second)
            #expect(try run("sha256sum -c members.sha256").status != 0)
        }
    #endif

    @Test("A member with other weights is refused")
    func exchanged() throws {
        let first = folder.appendingPathComponent("member-1/model.safetensors")
        try FileManager.default.removeItem(at: second)
        try FileManager.default.copyItem(at: first, to: second)
        let error = #expect(throws: ModelError.self) { try EnsembleModel(folder: folder) }
        #expect(error?.code == .malformedEnsemble)
        #expect(error?.message.contains("member-2") == true)
    }

    @Test(
        "A list in another form is refused",
        arguments: ["", "\n", "no digest\n", "two spaces", "lower", "cut", "name"])
    func malformed(kind: String) throws {
        let text = try String(contentsOf: list, encoding: .utf8)
        let changed =
            switch kind {
            case "two spaces": text.replacing("  ", with: " ")
            case "lower": text.uppercased()
            case "cut": String(text.dropLast())
            case "name": text.replacing("member-2", with: "../member-2")
            default: kind
            }
        #expect(changed != text)
        try Data(changed.utf8).write(to: list)
        let error = #expect(throws: ModelError.self) { try EnsembleModel(folder: folder) }
        #expect(error?.code == .malformedEnsemble)
    }

    @Test("Read as one model, the folder is refused with the reason")
    func asModel() throws {
        let error = #expect(throws: ModelError.self) { try LanguageModel(folder: folder) }
        #expect(error?.code == .unsupportedModel)
        #expect(error?.message.contains("ensemble") == true)
    }
}
