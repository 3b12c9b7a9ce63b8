import Domain
import Foundation
import TestSupport
import Testing

@Suite struct LookUpTests {
    @Test(
        "Edit distance counts changes",
        arguments: [
            ("kitten", "sitting", 3), ("saturday", "sunday", 3), ("", "abc", 3), ("abc", "", 3),
            ("npo", "simnpo", 3), ("retrain", "retain", 1), ("é", "e", 1), ("same", "same", 0),
        ])
    func editDistanceCountsChanges(_ a: String, _ b: String, _ distance: Int) {
        #expect(editDistance(a, b) == distance)
        #expect(editDistance(b, a) == distance)
    }

    @Test("An unknown name lists the known ones and the nearest")
    func anUnknownNameListsTheKnownOnesAndTheNearest() throws {
        let methods = ["retrain", "npo", "gradient-difference"]
        #expect(try lookUp("npo", in: methods, kind: "method") { $0 } == "npo")
        let error = try #require(
            #expect(throws: DomainError.self) {
                try lookUp("retain", in: methods, kind: "method") { $0 }
            })
        #expect(error.code == .unknownName)
        #expect(error.kind == .notFound)
        #expect(
            error.description
                == "There is no method named \"retain\". Known: gradient-difference, npo, retrain. "
                + "Did you mean \"retrain\"?")
    }
}

@Suite struct DurableFileTests {
    private func permissions(_ url: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
    }

    @Test("A file is written whole with its permissions and replaced")
    func aFileIsWrittenWholeWithItsPermissionsAndReplaced() throws {
        let folder = try ScratchFolder()
        let url = folder.url.appendingPathComponent("deep/er/key.pem")
        try DurableFile.write(Data("one".utf8), to: url, permissions: 0o600)
        #expect(try permissions(url) == 0o600)
        try DurableFile.write(Data("two".utf8), to: url, permissions: 0o600)
        #expect(try DurableFile.read(url) == Data("two".utf8))
        let siblings = try FileManager.default.contentsOfDirectory(
            atPath: url.deletingLastPathComponent().path)
        #expect(siblings == ["key.pem"])
    }

    @Test("A failed write leaves the old content and no temporary file")
    func aFailedWriteLeavesTheOldContentAndNoTemporaryFile() throws {
        let folder = try ScratchFolder()
        // A folder that is not empty cannot be replaced by a file.
        _ = try folder.file("taken/inside", "kept")
        let taken = folder.url.appendingPathComponent("taken")
        let error = #expect(throws: DomainError.self) {
            try DurableFile.write(Data("new".utf8), to: taken)
        }
        #expect(error?.code == .fileNotWritten)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["taken"])
        #expect(
            try DurableFile.read(taken.appendingPathComponent("inside")) == Data("kept".utf8))
    }

    @Test("A missing file is an error with its path") func aMissingFileIsAnErrorWithItsPath() throws
    {
        let error = #expect(throws: DomainError.self) {
            try DurableFile.read(URL(fileURLWithPath: "/nowhere/at-all"))
        }
        #expect(error?.code == .fileUnreadable)
        #expect(error?.details == ["path": "/nowhere/at-all"])
        #expect(error?.message == "/nowhere/at-all cannot be read: No such file or directory.")
    }

    @Test("Files of every size are read to their end, and a folder is none")
    func filesAreReadToTheirEnd() throws {
        let folder = try ScratchFolder()
        for count in [0, 1, 65_535, 65_536, 65_537, 3_000_001] {
            let content = Data((0..<count).map { UInt8(truncatingIfNeeded: $0) })
            let url = folder.url.appendingPathComponent("\(count)")
            try content.write(to: url)
            #expect(try DurableFile.read(url) == content)
        }
        let ten = try folder.file("ten", "0123456789")
        for (limit, count) in [(0, 1), (4, 5), (9, 10), (10, 10), (.max, 10)] {
            #expect(try DurableFile.read(ten, atMost: limit).count == count)
        }
        #expect(throws: DomainError.self) { try DurableFile.read(folder.url) }
        #if os(Linux)
            // Its size is said to be 0.
            let status = try DurableFile.read(URL(fileURLWithPath: "/proc/self/status"))
            #expect(status.starts(with: Data("Name:".utf8)))
        #endif
    }

    @Test("New folders are made with those above them, and a file is no folder")
    func foldersAreMade() throws {
        let folder = try ScratchFolder()
        let deep = folder.url.appendingPathComponent("a/b/c")
        for _ in 0..<2 { try DurableFile.makeFolder(deep, permissions: 0o700) }
        #expect(try permissions(deep) == 0o700)
        let file = try folder.file("file", "x")
        let error = #expect(throws: DomainError.self) {
            try DurableFile.makeFolder(file.appendingPathComponent("inside"))
        }
        #expect(error?.code == .fileNotWritten)
        #expect(error?.message.contains("Not a directory") == true)
    }

    @Test("A published folder appears once and the first one stays")
    func aPublishedFolderAppearsOnceAndTheFirstOneStays() throws {
        let folder = try ScratchFolder()
        let destination = folder.url.appendingPathComponent("models/abc")
        for content in ["first", "second"] {
            _ = try folder.file("staging/model", content)
            try DurableFile.publish(
                folder: folder.url.appendingPathComponent("staging"), to: destination)
            let staging = folder.url.appendingPathComponent("staging").path
            #expect(!FileManager.default.fileExists(atPath: staging))
        }
        let model = destination.appendingPathComponent("model")
        #expect(try DurableFile.read(model) == Data("first".utf8))
    }

    @Test("Publishing a missing folder fails") func publishingAMissingFolderFails() throws {
        let folder = try ScratchFolder()
        let error = #expect(throws: DomainError.self) {
            try DurableFile.publish(
                folder: folder.url.appendingPathComponent("none"),
                to: folder.url.appendingPathComponent("models/abc"))
        }
        #expect(error?.code == .fileNotWritten)
    }
}

@Suite struct WorkContextTests {
    @Test("Work stops when the operator asks") func workStopsWhenTheOperatorAsks() {
        #expect(throws: Never.self) { try WorkContext().checkCancellation() }
        let error = #expect(throws: DomainError.self) {
            try WorkContext(isCancelled: { true }).checkCancellation()
        }
        #expect(error?.kind == .interrupted)
        #expect(error?.kind.rawValue == 130)
    }

    @Test("Publishing syncs a whole tree into place, once, and drops a second copy")
    func publishTree() throws {
        let scratch = try ScratchFolder()
        let destination = scratch.url.appendingPathComponent("new/below/place")
        for content in ["first", "second"] {
            let folder = scratch.url.appendingPathComponent(content)
            _ = try scratch.file("\(content)/inner/file", content)
            try DurableFile.publish(folder: folder, to: destination)
            #expect(!FileManager.default.fileExists(atPath: folder.path))
        }
        #expect(
            try DurableFile.read(destination.appendingPathComponent("inner/file"))
                == Data("first".utf8))
    }

    @Test("What cannot be written leaves the old file and nothing beside it")
    func notWritten() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.file("a", "old")
        let below = file.appendingPathComponent("b")
        #expect(throws: DomainError.self) { try DurableFile.write(Data("new".utf8), to: below) }
        let folder = scratch.url.appendingPathComponent("full")
        try DurableFile.makeFolder(folder.appendingPathComponent("x"))
        // A folder in the place of the file: the rename fails after the content was written.
        #expect(throws: DomainError.self) { try DurableFile.write(Data("new".utf8), to: folder) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted()
                == ["a", "full"])
        #expect(try DurableFile.read(file) == Data("old".utf8))
    }
}
