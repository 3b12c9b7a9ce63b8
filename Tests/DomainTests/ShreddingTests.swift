import Domain
import Foundation
import TestSupport
import Testing

@Suite struct ShreddingTests {
    /// A folder, and a handle on one of its files that still reads it once it has no name.
    @Test("Shredding overwrites files with zeros, in subfolders too, and removes the folder")
    func overwrites() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("work")
        let deep = folder.appendingPathComponent("a/b")
        try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
        let content = Data(repeating: 7, count: 3_000_001)
        let file = deep.appendingPathComponent("model.safetensors")
        try content.write(to: file)
        try Data("x".utf8).write(to: folder.appendingPathComponent("note"))
        let handle = try FileHandle(forReadingFrom: file)
        #expect(try DurableFile.shred(folder: folder) == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        let left = try handle.readToEnd()
        #expect(left?.count == content.count)
        #expect(left?.allSatisfy { $0 == 0 } == true)
        #expect(try DurableFile.shred(folder: folder) == 0)
    }

    @Test(
        "What lies outside of the folder is left as it is: targets of links, files with two names")
    func outside() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("work")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (one, other) = (
            scratch.url.appendingPathComponent("one"), scratch.url.appendingPathComponent("other")
        )
        for file in [one, other] { try Data("kept".utf8).write(to: file) }
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("link"), withDestinationURL: one)
        try FileManager.default.linkItem(at: other, to: folder.appendingPathComponent("hard"))
        #expect(try DurableFile.shred(folder: folder) == 2)
        for file in [one, other] { #expect(try Data(contentsOf: file) == Data("kept".utf8)) }
    }

    @Test("Of a file with two names, the last one that is shredded takes the content with it")
    func linked() throws {
        let scratch = try ScratchFolder()
        func file(_ folder: String) -> URL {
            scratch.url.appendingPathComponent("\(folder)/file")
        }
        try DurableFile.write(Data("kept".utf8), to: file("old"))
        try DurableFile.link(file("old"), to: file("new"))
        // Taken names stay what they are.
        try DurableFile.write(Data("other".utf8), to: file("third"))
        try DurableFile.link(file("old"), to: file("third"))
        #expect(try Data(contentsOf: file("third")) == Data("other".utf8))
        let handle = try FileHandle(forReadingFrom: file("new"))
        #expect(try DurableFile.shred(folder: file("old").deletingLastPathComponent()) == 1)
        #expect(try Data(contentsOf: file("new")) == Data("kept".utf8))
        #expect(try DurableFile.shred(folder: file("new").deletingLastPathComponent()) == 1)
        #expect(try handle.readToEnd() == Data(count: 4))
        #expect(throws: DomainError.self) {
            try DurableFile.link(file("nothing"), to: file("new"))
        }
    }

    @Test("A file with a hole of a terabyte takes no terabyte")
    func sparse() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("work")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("sparse")
        try Data("head".utf8).write(to: file)
        let handle = try FileHandle(forUpdating: file)
        try handle.truncate(atOffset: 1 << 40)
        #expect(try DurableFile.shred(folder: folder) == 1)
        try handle.seek(toOffset: 0)
        #expect(try handle.read(upToCount: 4) == Data(count: 4))
    }

    @Test("What a killed call left to be shredded is shredded by the next one")
    func killed() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("work")
        // Renamed, and no byte of it overwritten yet.
        let left = try scratch.file(".work.shredding/deep/state", "kept")
        let handle = try FileHandle(forReadingFrom: left)
        #expect(try DurableFile.shred(folder: folder) == 1)
        #expect(try handle.readToEnd() == Data(count: 4))
        _ = try scratch.file("work/new", "new")
        _ = try scratch.file(".work.shredding/old", "old")
        #expect(try DurableFile.shred(folder: folder) == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
    }

    @Test("One file is overwritten and removed; what a link leads to stays")
    func oneFile() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.file("state", "kept")
        let handle = try FileHandle(forReadingFrom: file)
        try DurableFile.shred(file: file)
        #expect(try handle.readToEnd() == Data(count: 4))
        let target = try scratch.file("target", "kept")
        let link = scratch.url.appendingPathComponent("link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
        try DurableFile.shred(file: link)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["target"])
        #expect(try Data(contentsOf: target) == Data("kept".utf8))
        #expect(throws: DomainError.self) { try DurableFile.shred(file: file) }
    }

    @Test("Leftovers are told by their names, and nothing else is taken for one")
    func leftovers() throws {
        let scratch = try ScratchFolder()
        let id = UUID().uuidString
        let over = [".key.\(id).tmp", ".\(id).tmp", ".models.shredding/weights", ".draft-1/x"]
        let kept = [
            "key", "a.\(id).tmp", ".shard.erasure.tmp", ".key.tmp", "models.shredding", ".hidden/f",
            "deep/.key.\(id).tmp",
        ]
        for name in over + kept { _ = try scratch.file(name, "x") }
        func names() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: scratch.url.path).filter { name in
                let path = scratch.url.appendingPathComponent(name).path
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                return !isFolder.boolValue
            }.sorted()
        }
        #expect(
            try DurableFile.shredLeftovers(in: scratch.url) { $0.hasPrefix(".draft-") } == 4)
        #expect(try names() == kept.sorted())
        #expect(try DurableFile.shredLeftovers(in: scratch.url, deep: true) == 1)
        #expect(try names() == kept.dropLast().sorted())
        let nowhere = scratch.url.appendingPathComponent("nowhere")
        #expect(try DurableFile.shredLeftovers(in: nowhere) == 0)
    }

    @Test("A file that others read has lost its name before its first byte is changed")
    func namedFile() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.file("next-key.pem", "the key")
        let doomed = scratch.url.appendingPathComponent(".next-key.pem.shredding")
        // What the system refuses after the rename: the content still is there, under the other name.
        try FileManager.default.createDirectory(at: doomed, withIntermediateDirectories: false)
        #expect(throws: DomainError.self) { try DurableFile.shred(file: file, isRead: true) }
        #expect(try DurableFile.read(file) == Data("the key".utf8))
        try FileManager.default.removeItem(at: doomed)
        let handle = try FileHandle(forReadingFrom: file)
        try DurableFile.shred(file: file, isRead: true)
        #expect(try handle.readToEnd() == Data(count: 7))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
    }
}
