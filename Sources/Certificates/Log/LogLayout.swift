import Domain
import Foundation

/// Where things are in a log's folder. `checkpoint` and `tile` follow C2SP tlog-tiles and may be
/// served as they are; `journal` is ours.
///
/// ```
/// checkpoint                  the newest signed checkpoint
/// tile/0/x001/234             hashes of 256 leaves; tile/1/... of 256 full tiles, and so on
/// tile/0/001.p/17             the first 17 hashes of a tile that is not full
/// tile/entries/000            256 entries, each after its length in two bytes
/// journal/000000000001        every signed checkpoint with 256..<512 entries, see LogJournal
/// ```
package struct LogLayout: Sendable {
    static let width: UInt64 = 256
    static let maximumEntryByteCount = 65_535

    let root: URL

    var checkpoint: URL { root.appendingPathComponent("checkpoint") }
    var journalFolder: URL { root.appendingPathComponent("journal") }

    func journal(_ bundle: UInt64) -> URL {
        let digits = String(bundle)
        let zeros = String(repeating: "0", count: max(0, 12 - digits.count))
        return journalFolder.appendingPathComponent(zeros + digits)
    }

    /// Bundles that have a journal, ascending; empty if there is no journal at all.
    /// - Throws: `file-unreadable`.
    func journals() throws -> [UInt64] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: journalFolder.path)
        } catch {
            guard DurableFile.isMissing(journalFolder) else {
                throw DurableFile.unreadable(journalFolder, error)
            }
            return []
        }
        return names.compactMap { $0.utf8.count == 12 ? UInt64($0) : nil }.sorted()
    }

    /// - Parameters:
    ///   - level: nil for the entries themselves.
    ///   - width: hashes or entries in the file, 1...256; 256 is a full one.
    func tile(level: Int?, _ number: UInt64, width: Int = 256) -> URL {
        let level = level.map(String.init) ?? "entries"
        var url = root.appendingPathComponent("tile/\(level)/\(Self.path(number))")
        if width < Int(Self.width) {
            url = url.deletingLastPathComponent().appendingPathComponent(
                "\(url.lastPathComponent).p/\(width)")
        }
        return url
    }

    /// The folder of the partial forms of a tile.
    func partialTiles(level: Int?, _ number: UInt64) -> URL {
        tile(level: level, number, width: 1).deletingLastPathComponent()
    }

    /// 1234067 is `x001/x234/067`.
    package static func path(_ number: UInt64) -> String {
        var groups: [String] = []
        var rest = number
        repeat {
            let digits = String(rest % 1_000)
            let group = String(repeating: "0", count: 3 - digits.count) + digits
            groups.append(groups.isEmpty ? group : "x" + group)
            rest /= 1_000
        } while rest > 0
        return groups.reversed().joined(separator: "/")
    }

    /// A path as messages name it.
    func name(_ url: URL) -> String {
        url.path.hasPrefix(root.path + "/")
            ? String(url.path.dropFirst(root.path.count + 1)) : url.path
    }

    // MARK: Content

    static func encode(hashes: [MerkleHash]) -> Data {
        var data = Data(capacity: hashes.count * MerkleHash.byteCount)
        for hash in hashes { data.append(hash.bytes) }
        return data
    }

    static func encode(entries: [Data]) -> Data {
        var data = Data(capacity: entries.reduce(0) { $0 + $1.count + 2 })
        for entry in entries {
            data.append(UInt8(entry.count >> 8))
            data.append(UInt8(entry.count & 0xFF))
            data.append(entry)
        }
        return data
    }

    /// Nil unless the bytes are exactly `count` entries.
    static func entries(_ data: Data, count: Int) -> [Data]? {
        var entries: [Data] = []
        var place = data.startIndex
        while place < data.endIndex {
            guard data.endIndex - place >= 2, entries.count < count else { return nil }
            let length = Int(data[place]) << 8 | Int(data[place + 1])
            place += 2
            guard data.endIndex - place >= length else { return nil }
            entries.append(Data(data[place..<place + length]))
            place += length
        }
        return entries.count == count ? entries : nil
    }

    /// Nil unless the bytes are exactly `count` hashes.
    static func hashes(_ data: Data, count: Int) -> [MerkleHash]? {
        guard data.count == count * MerkleHash.byteCount else { return nil }
        return stride(from: data.startIndex, to: data.endIndex, by: MerkleHash.byteCount)
            .compactMap { MerkleHash(bytes: data[$0..<$0 + MerkleHash.byteCount]) }
    }

    /// - Throws: `damaged-log` if the file is missing or has another form; `file-unreadable`.
    func readEntries(_ bundle: UInt64, width: Int) throws -> [Data] {
        let url = tile(level: nil, bundle, width: width)
        return try read(url, "\(width) entries") { Self.entries($0, count: width) }
    }

    /// - Throws: as `readEntries`.
    func readHashes(level: Int, _ number: UInt64, width: Int) throws -> [MerkleHash] {
        let url = tile(level: level, number, width: width)
        return try read(url, "\(width) hashes") { Self.hashes($0, count: width) }
    }

    private func read<Content>(
        _ url: URL, _ expected: String, as content: (Data) -> Content?
    ) throws -> Content {
        guard let content = content(try read(url)) else {
            throw damage("does not hold \(expected)", at: url)
        }
        return content
    }

    /// - Throws: `damaged-log` if the file is gone; `file-unreadable` if the system does not give it:
    ///   too many open files or a missing permission are no damage.
    func read(_ url: URL) throws -> Data {
        do { return try DurableFile.read(url) } catch {
            guard DurableFile.isMissing(url) else { throw error }
            throw damage("is missing", at: url, cause: error)
        }
    }

    func damage(
        _ what: String, at url: URL, index: UInt64? = nil, cause: (any Error)? = nil
    ) -> CertificateError {
        var details = ["file": name(url), "log": root.path]
        details["index"] = index.map(String.init)
        return CertificateError(
            .damagedLog, "The transparency log is damaged: \(name(url)) \(what).",
            details: details, remedy: "Restore the log's folder from its backup; append nothing.",
            cause: cause)
    }
}
