import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Shards in other forms than JSONL. The packed files were made by gzip 1.12 and zstd 1.5.4, the
/// digests by sha256sum.
struct ShardFormatTests {
    static let plain =
        "{\"id\":\"a\",\"text\":\"first record\"}\n{\"id\":\"b\",\"text\":\"second record\"}\n"
        + "{\"id\":\"c\",\"text\":\"third record\"}\r\n{\"id\":\"d\",\"text\":\"fourth record\"}"
    static let plainDigest = "7c0fdf552fa0cab95d66e10b902fe98dbde9a22ddda244de220be439a7833cdd"

    /// Two members and seven zeros.
    static let gzip =
        "H4sIAAAAAAAAA6tWykxRslJKVNJRKkmtKAEy0zKLiksUilKT84tSlGq5qiEKkhAKioFSeSkIFQAs"
        + "NEU4QwAAAB+LCAAAAAAAAAOrVspMUbJSSlbSUSpJrSgBMksyMotSFIpSk/OLUpRqebmqISpSECrS"
        + "8kuLSjLgSgCtS3O1QwAAAAAAAAAAAAA="
    static let gzipDigest = "d872228ae3380ea0a8502a507dc0d5df6470ae75908ccec0e0acdef267cec63c"

    /// A frame with a checksum, a skippable frame, a frame without a checksum.
    static let zstandard =
        "KLUv/SRDzQEA9AJ7ImlkIjoiYSIsInRleHQiOiJmaXJzdCByZWNvcmQifQp7ImlkIjoiYnNlY29u"
        + "ZAIARe0Ssqkyv9WMV1AqTRgEAAAAc2tpcCi1L/0gQ60BAJQCeyJpZCI6ImMiLCJ0ZXh0IjoidGhp"
        + "cmQgcmVjb3JkIn0NCmRmb3VydGgDAEaVAvuqZOoJ"
    static let zstandardDigest = "0285c84b3ba50e373edf23676ddc3bea5a868bf48669acf4b4254a20c6c01aba"

    /// A million zeros.
    static let bomb =
        "KLUv/QRoTAAACAABAPz/ORACAgAQAAIAEAACABAAAgAQAAIAEAACABAAAxIKAMyuyjk="

    private let folder: ScratchFolder
    private let unpacked: URL

    init() throws {
        folder = try ScratchFolder()
        unpacked = folder.url.appendingPathComponent("unpacked")
    }

    private func write(_ name: String, _ data: Data) throws -> URL {
        let url = folder.url.appendingPathComponent(name)
        try data.write(to: url)
        return url
    }

    private func refusal(
        _ source: URL, _ limits: UnpackingLimits = UnpackingLimits()
    ) throws -> LineageError? {
        do {
            _ = try ShardImporter(folder: unpacked, limits: limits).importShard(source)
            try FileManager.default.removeItem(at: unpacked)
            return nil
        } catch let error as LineageError {
            let left = (try? FileManager.default.subpathsOfDirectory(atPath: unpacked.path)) ?? []
            #expect(left.isEmpty, "something is left of a refused file")
            return error
        }
    }

    @Test(arguments: [
        ("people.jsonl.gz", gzip, gzipDigest, "jsonl-gzip"),
        ("people.jsonl.zst", zstandard, zstandardDigest, "jsonl-zstandard"),
        ("unnamed", gzip, gzipDigest, "jsonl-gzip"),
    ])
    func `packed shards of several members are unpacked whole, with both digests`(
        name: String, base64: String, digest: String, format: String
    ) throws {
        let source = try write(name, Data(fixture: base64))
        let shard = try ShardImporter(folder: unpacked).importShard(source)
        #expect(shard.format == format)
        #expect(shard.sourceDigest.hexadecimal == digest)
        #expect(shard.plainDigest.hexadecimal == Self.plainDigest)
        #expect(shard.plainByteCount == 134)
        #expect(try content(shard.plainPath) == Self.plain)
        let mode = try FileManager.default.attributesOfItem(atPath: shard.plainPath)
        #expect(mode[.posixPermissions] as? Int == 0o600)
        let name = URL(fileURLWithPath: shard.plainPath).lastPathComponent
        #expect(
            name
                == (format == "jsonl-gzip" && source.lastPathComponent == "unnamed"
                    ? "unnamed.jsonl" : "people.jsonl"))
        #expect(try ShardImporter(folder: unpacked).importShard(source) == shard)
        #expect(try names(unpacked).count == 1, "the same source is unpacked once")
    }

    @Test func `JSONL stays where it is`() throws {
        let source = try folder.file("people.jsonl", Self.plain)
        let shard = try ShardImporter(folder: unpacked).importShard(source)
        #expect(shard.plainPath == source.path)
        #expect(shard.sourceDigest == shard.plainDigest)
        #expect(shard.sourceDigest.hexadecimal == Self.plainDigest)
        #expect(!FileManager.default.fileExists(atPath: unpacked.path))
    }

    @Test(arguments: [("x.gz", gzip), ("x.zst", zstandard)])
    func `a packed shard that is cut off anywhere is refused`(
        name: String, base64: String
    ) throws {
        let whole = try Data(fixture: base64)
        // Behind the first member, and before the padding, a file may well end.
        let ends: Set<Int> = name == "x.gz" ? [64, 130] : [70, 82]
        for count in 4..<(whole.count - 7) where !ends.contains(count) {
            let error = try refusal(write(name, whole.prefix(count)))
            #expect(error?.code == .malformedArchive, "cut to \(count) bytes")
        }
    }

    @Test(arguments: [
        ("x.gz", gzip, 57), ("x.zst", zstandard, 67), ("x.gz", gzip, 62), ("x.zst", zstandard, 50),
    ])
    func `a wrong checksum or damaged content is refused`(
        name: String, base64: String, place: Int
    ) throws {
        var data = try Data(fixture: base64)
        data[place] ^= 0x10
        #expect(try refusal(write(name, data))?.code == .malformedArchive)
    }

    @Test func `a Zstandard file may begin with a skippable frame`() throws {
        let skippable = Data([0x5f, 0x2a, 0x4d, 0x18, 0x02, 0x00, 0x00, 0x00, 0x01, 0x02])
        let source = try write("unnamed", skippable + Data(fixture: Self.zstandard))
        let shard = try ShardImporter(folder: unpacked).importShard(source)
        #expect(shard.plainDigest.hexadecimal == Self.plainDigest)
    }

    @Test func `other bytes behind the content of a gzip file are refused, zeros are not`() throws {
        let data = try Data(fixture: Self.gzip) + Data("trailing".utf8)
        #expect(try refusal(write("x.gz", data))?.code == .malformedArchive)
    }

    @Test func `a file that unpacks to too much is refused by size and by ratio`() throws {
        let bomb = try write("x.zst", Data(fixture: Self.bomb))
        let bySize = try refusal(bomb, UnpackingLimits(byteCountMaximum: 999_999))
        #expect(bySize?.code == .archiveTooLarge)
        #expect(bySize?.message.contains("999999 bytes") == true)
        let byRatio = try refusal(bomb, UnpackingLimits(ratioFreeByteCount: 1 << 16))
        #expect(byRatio?.code == .archiveTooLarge)
        #expect(byRatio?.message.contains("200 times") == true)
        let shard = try ShardImporter(folder: unpacked).importShard(bomb)
        #expect(shard.plainByteCount == 1_000_000, "a small file may pack that well")
    }

    @Test func `a Zstandard frame that asks for 2 GiB of memory is refused`() throws {
        let frame = Data([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00])
        let error = try refusal(write("x.zst", frame))
        #expect(error?.code == .archiveTooLarge)
        #expect(error?.message.contains("128 MiB") == true)
    }

    @Test func `the documents of a folder become records named by their paths`() throws {
        _ = try folder.file("texts/b.txt", "Second \"text\"\nwith two lines")
        _ = try folder.file("texts/a.txt", "First text")
        _ = try folder.file("texts/sub/c.TXT", "Third text")
        _ = try folder.file("texts/note.md", "not a text file")
        _ = try folder.file("texts/.hidden.txt", "hidden")
        let source = folder.url.appendingPathComponent("texts")
        let shard = try ShardImporter(folder: unpacked).importShard(source)
        #expect(shard.format == "text")
        #expect(
            try content(shard.plainPath) == "{\"id\":\"a.txt\",\"text\":\"First text\"}\n"
                + "{\"id\":\"b.txt\",\"text\":\"Second \\\"text\\\"\\nwith two lines\"}\n"
                + "{\"id\":\"sub/c.TXT\",\"text\":\"Third text\"}\n")
        let records = try readRecords(of: URL(fileURLWithPath: shard.plainPath))
        #expect(records[1].completion == "Second \"text\"\nwith two lines")
        let single = try ShardImporter(folder: unpacked)
            .importShard(source.appendingPathComponent("a.txt"))
        #expect(single.sourceDigest == Digest(of: "First text"))
        #expect(try readRecords(of: URL(fileURLWithPath: single.plainPath)).map(\.id) == ["a.txt"])
    }

    @Test func `texts that are empty or not UTF-8 are refused by name`() throws {
        let bad = try write("bad.txt", Data([0x61, 0xff]))
        #expect(try refusal(bad)?.code == .invalidUTF8)
        let empty = try refusal(folder.file("empty.txt", " \n"))
        #expect(empty?.code == .missingText)
        #expect(empty?.details["path"]?.hasSuffix("empty.txt") == true)
        let none = folder.url.appendingPathComponent("none")
        try FileManager.default.createDirectory(at: none, withIntermediateDirectories: true)
        #expect(try refusal(none)?.code == .emptyShard)
    }

    @Test func `Parquet is refused with the command that converts it`() throws {
        let error = try refusal(write("people.parquet", Data("PAR1 and more".utf8)))
        #expect(error?.code == .unsupportedFormat)
        #expect(error?.remedy?.contains("COPY (FROM 'people.parquet') TO 'people.jsonl'") == true)
        let odd = try refusal(write("a'$(b).parquet", Data("PAR1".utf8)))
        #expect(odd?.remedy?.contains("FROM 'FILE.parquet'") == true)
        #expect(odd?.remedy?.contains("$(b)") == false)
    }

    @Test func `a name that promises what the content is not is refused`() throws {
        let error = try refusal(folder.file("people.jsonl.gz", Self.plain))
        #expect(error?.code == .unsupportedFormat)
        #expect(error?.details["format"] == "jsonl-gzip")
    }

    @Test func `importing an old source does not bring erased records back`() throws {
        let source = try write("people.jsonl.gz", Data(fixture: Self.gzip))
        let importer = ShardImporter(folder: unpacked)
        let shard = try importer.importShard(source)
        try Data("{\"id\":\"a\",\"text\":\"first record\"}\n".utf8)
            .write(to: URL(fileURLWithPath: shard.plainPath))
        let error = #expect(throws: LineageError.self) { try importer.importShard(source) }
        #expect(error?.code == .importConflict)
        #expect(try content(shard.plainPath).utf8.count == 33)
    }

    @Test func `a source is unpacked again in place of its shard, or the shard stays as it was`()
        throws
    {
        struct Refused: Error {}
        let source = try folder.file("note.txt", "first")
        let importer = ShardImporter(folder: unpacked)
        let shard = try importer.importShard(source)
        let old = try content(shard.plainPath)
        _ = try folder.file("note.txt", "second")
        #expect(throws: Refused.self) {
            try importer.importAgain(shard) { renewed in
                #expect(try content(renewed.plainPath).contains("second"))
                throw Refused()
            }
        }
        #expect(try content(shard.plainPath) == old)
        let renewed = try importer.importAgain(shard) { $0 }
        #expect(renewed.sourceDigest == Digest(of: "second"))
        #expect(renewed.plainPath == shard.plainPath)
        #expect(try content(shard.plainPath).contains("second"))
        let left = try FileManager.default.subpathsOfDirectory(atPath: unpacked.path)
        #expect(left.filter { $0.hasSuffix(".old") || $0.hasSuffix(".tmp") } == [])
    }

    @Test func `a call that was killed in between is completed, whatever the index knows`() throws {
        struct Refused: Error {}
        let source = try folder.file("note.txt", "first")
        let importer = ShardImporter(folder: unpacked)
        let shard = try importer.importShard(source)
        let old = URL(fileURLWithPath: shard.plainPath + ".old")
        let plain = URL(fileURLWithPath: shard.plainPath)
        _ = try folder.file("note.txt", "third")
        // The index knows what lies beside: that is what a refusal goes back to.
        try FileManager.default.copyItem(at: plain, to: old)
        let known = try content(plain)
        try Data("half".utf8).write(to: plain)
        #expect(throws: Refused.self) {
            try importer.importAgain(shard) { _ in throw Refused() }
        }
        #expect(try content(plain) == known)
        // The index knows the shard by now: what lies beside is out of date.
        try Data("stale".utf8).write(to: old)
        #expect(throws: Refused.self) {
            try importer.importAgain(shard) { _ in throw Refused() }
        }
        #expect(try content(plain) == known)
        #expect(!FileManager.default.fileExists(atPath: old.path))
    }

    @Test func `every format in the folder of formats is in the list, under an id of its own`()
        throws
    {
        #expect(
            builtinShardFormats.map(\.id).sorted() == [
                "jsonl", "jsonl-gzip", "jsonl-zstandard", "parquet", "text",
            ])
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Fixtures.repository.appendingPathComponent("Sources/Lineage/Formats").path)
        let formats = files.filter { $0.hasSuffix("Format.swift") && $0 != "ShardFormat.swift" }
        #expect(formats.count == builtinShardFormats.count)
    }
}
