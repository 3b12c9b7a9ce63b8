import Crypto
import Domain
import Foundation

/// A piece of a shard: whole lines.
struct ShardPiece {
    let bytes: UnsafeRawBufferPointer
    /// What `bytes` is a part of; goes back to the pool.
    let memory: UnsafeMutableRawBufferPointer
    /// Of the piece's first byte in the shard.
    let offset: Int
    /// Of its first record.
    let firstOrdinal: Int
    let lineCount: Int
}

/// What a piece adds to a part.
struct IndexedPiece {
    var firstOrdinal = 0
    var offset = 0
    var byteCount = 0
    /// See `SegmentSection.strides`.
    var strides: [UInt32] = []
    var digests: [UInt8] = []
    /// The records' own ids, one after the other, and where each ends.
    var names: [UInt8] = []
    var nameEnds: [Int] = []
    /// For each record the end of its subjects in `subjects`.
    var subjectEnds: [Int] = []
    /// Places in `subjectList`.
    var subjects: [UInt32] = []
    var subjectList = SubjectList()
    var postings = PostingBatch()
    var recordIDs = PostingBatch()
    /// Of each text block the ordinal of the first record and the checksum of its lines.
    var blocks: [(firstOrdinal: Int, sum: UInt64)] = []
    var group: SignatureBuilder.Group?
}

/// Indexes pieces of shards, one after the other; each worker has its own.
final class PieceIndexer {
    private let records: RecordPostings
    /// Nil if only identifiers are indexed.
    private let signature: SignatureBuilder?
    private var numbering = LineNumbering()
    private let text = FoldingBuffer()
    // Behind pointers: access to a class's own properties is checked at run time, too often here.
    private let scanner: UnsafeMutablePointer<LineScanner>
    private let piece: UnsafeMutablePointer<IndexedPiece>
    private let subjectSeed: UInt64

    private static let blockByteCounts = 4096...65536

    init(_ keys: PostingKeys, _ grams: GramHash, _ contents: IndexContents) {
        records = RecordPostings(keys)
        subjectSeed = keys[.subjectRow].low
        signature = contents == .identifiers ? nil : SignatureBuilder(grams)
        scanner = .allocate(capacity: 1)
        scanner.initialize(to: LineScanner())
        piece = .allocate(capacity: 1)
        piece.initialize(to: IndexedPiece())
    }

    deinit {
        scanner.deinitialize(count: 1)
        scanner.deallocate()
        piece.deinitialize(count: 1)
        piece.deallocate()
    }

    /// - Parameter numbering: of the shard's lines.
    /// - Throws: what `RecordLine` throws.
    func index(
        _ source: ShardPiece, path: String, numbering: LineNumbering = LineNumbering()
    ) throws -> IndexedPiece {
        self.numbering = numbering
        piece.pointee = IndexedPiece()
        piece.pointee.firstOrdinal = source.firstOrdinal
        piece.pointee.offset = source.offset
        piece.pointee.byteCount = source.bytes.count
        piece.pointee.strides.reserveCapacity(source.lineCount)
        piece.pointee.digests.reserveCapacity(source.lineCount * 32)
        piece.pointee.subjectList = SubjectList(
            seed: subjectSeed, expected: source.lineCount)
        let bytes = source.bytes
        guard let base = bytes.baseAddress else { return piece.pointee }
        let counts = Self.blockByteCounts
        let blockByteCount = min(
            max(bytes.count / 64, counts.lowerBound), counts.upperBound)
        var start = 0
        var blockStart = 0
        while start < bytes.count {
            let end = memchr(base + start, 10, bytes.count - start).map {
                UnsafeRawPointer($0) - base
            }
            let contentEnd = end ?? bytes.count
            let next = end.map { $0 + 1 } ?? bytes.count
            let isCarriageReturned = contentEnd > start && bytes[contentEnd - 1] == 13
            let lineEnd = isCarriageReturned ? contentEnd - 1 : contentEnd
            if start == blockStart {
                piece.pointee.blocks.append((source.firstOrdinal + piece.pointee.strides.count, 0))
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<lineEnd])
            try add(line.bindMemory(to: UInt8.self), path: path)
            piece.pointee.strides.append(UInt32(next - start) | UInt32(next - lineEnd) << 30)
            start = next
            if start - blockStart >= blockByteCount || start == bytes.count {
                let block = UnsafeRawBufferPointer(rebasing: bytes[blockStart..<start])
                piece.pointee.blocks[piece.pointee.blocks.count - 1].sum = checksum(block)
                signature?.endBlock()
                blockStart = start
            }
        }
        piece.pointee.group =
            signature?.endGroup() ?? .withoutTexts(blockCount: piece.pointee.blocks.count)
        records.finish(&piece.pointee)
        piece.pointee.subjectList.seal()
        defer { piece.pointee = IndexedPiece() }
        return piece.pointee
    }

    private func add(_ line: UnsafeBufferPointer<UInt8>, path: String) throws {
        let ordinal = piece.pointee.firstOrdinal + piece.pointee.strides.count
        var hasher = SHA256()
        hasher.update(bufferPointer: UnsafeRawBufferPointer(line))
        hasher.finalize().withUnsafeBytes { piece.pointee.digests.append(contentsOf: $0) }
        records.removeAll()
        var isComplete = false
        let isScanned = scanner.pointee.scan(line) { isComplete = self.add($0, ordinal, path) }
        if !isScanned || !isComplete {
            // Unusual: the strict reader decides, and words the error.
            records.removeAll()
            add(
                try RecordLine(
                    line, path: path, line: ordinal + 1, derivedID: derivedID(ordinal, path)),
                ordinal)
        }
        records.commit(ordinal: ordinal)
    }

    /// - Returns: false if a declared value is malformed; then nothing was added to the piece.pointee.
    private func add(_ line: ScannedLine, _ ordinal: Int, _ path: String) -> Bool {
        var hasName = false
        for value in line.values {
            guard records.add(value: value) else { return false }
            if value.kind.elementsEqual("name".utf8) { hasName = true }
        }
        for (group, id) in line.neighbours { records.add(group, id) }
        fold(line.prompt, line.completion)
        for subject in line.subjects {
            add(subject: subject, hasDeclaredName: hasName && line.subjects.count == 1)
        }
        piece.pointee.subjectEnds.append(piece.pointee.subjects.count)
        if let id = line.id {
            records.add(recordID: id)
            piece.pointee.names.append(contentsOf: id)
        } else {
            addDerivedID(ordinal, path)
        }
        piece.pointee.nameEnds.append(piece.pointee.names.count)
        return true
    }

    private func add(_ line: RecordLine, _ ordinal: Int) {
        for (kind, value) in line.values { records.add(kind, canonical: value) }
        for (group, id) in Neighbours.postings(of: line) {
            id.withUnsafeBufferPointer { records.add(group, $0) }
        }
        let hasName = line.values.contains { $0.kind == .name }
        var (prompt, completion, id) = (line.prompt, line.completion, line.id)
        prompt.withUTF8 { prompt in
            completion.withUTF8 { fold(prompt.isEmpty ? nil : prompt, $0) }
        }
        for subject in line.subjects {
            var subject = subject
            subject.withUTF8 {
                add(subject: $0, hasDeclaredName: hasName && line.subjects.count == 1)
            }
        }
        piece.pointee.subjectEnds.append(piece.pointee.subjects.count)
        id.withUTF8 {
            records.add(recordID: $0)
            // A derived id could be left out; it is no id of the file's in the rare lines met here.
            piece.pointee.names.append(contentsOf: $0)
        }
        piece.pointee.nameEnds.append(piece.pointee.names.count)
    }

    private func fold(
        _ prompt: UnsafeBufferPointer<UInt8>?, _ completion: UnsafeBufferPointer<UInt8>
    ) {
        let mayHoldKeys =
            signature != nil || TextSieve.mayHoldKeys(completion)
            || prompt.map(TextSieve.mayHoldKeys) ?? false
        guard mayHoldKeys else { return }
        text.removeAll()
        if let prompt, !prompt.isEmpty {
            text.append(prompt)
            text.appendSpace()
        }
        text.append(completion)
        text.finish()
        records.detect(in: text.bytes, .text)
        signature?.add(text.bytes)
    }

    private func add(subject: UnsafeBufferPointer<UInt8>, hasDeclaredName: Bool) {
        let index = piece.pointee.subjectList.index(of: subject)
        if hasDeclaredName { piece.pointee.subjectList.declareName(index) }
        records.add(subject: subject, at: index)
        piece.pointee.subjects.append(UInt32(index))
    }

    private func addDerivedID(_ ordinal: Int, _ path: String) {
        var id = derivedID(ordinal, path)
        id.withUTF8 {
            records.add(recordID: $0)
            // It cannot be told from the present line any more.
            if !numbering.isPlain { piece.pointee.names.append(contentsOf: $0) }
        }
    }

    private func derivedID(_ ordinal: Int, _ path: String) -> String {
        RecordLine.derivedID(path: path, line: numbering.firstLine(of: ordinal + 1))
    }
}
