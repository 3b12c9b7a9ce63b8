import Domain
import Foundation

/// What happens to a line: it goes, or it loses some spans.
struct LineEdit: Codable, Sendable {
    /// From 1.
    let line: Int
    /// Keyed digest of the line's digest: an edit that waits on disk does not tell what it erases.
    let lineKey: Data
    /// Empty: the whole line goes.
    let spans: [RecordSpan]
}

/// Passes a shard on without the lines to erase. All other bytes stay as they are: line ends, order,
/// a last line without an end.
final class LineEditingSink: ByteSink {
    private let path: String
    private let key: IndexKey
    private let marker: String
    private let edits: [LineEdit]
    private let next: any ByteSink
    private var nextEdit = 0
    private var line = 1
    private var isLineOpen = false
    /// Bytes of the line that is being edited.
    private var pending: [UInt8] = []
    private(set) var redacted: [ShardChange.RedactedLine] = []

    /// - Parameters:
    ///   - path: for messages.
    ///   - edits: in line order.
    init(
        path: String, key: IndexKey, edits: [LineEdit], marker: String, next: any ByteSink
    ) {
        self.path = path
        self.key = key
        self.edits = edits
        self.marker = marker
        self.next = next
    }

    /// Lines that remain; complete after `finish`.
    var keptCount: Int { line - 1 + (isLineOpen ? 1 : 0) - edits.count(where: \.spans.isEmpty) }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let isEdited = nextEdit < edits.count && edits[nextEdit].line == line
            let used = isEdited ? try takeEdited(rest) : try pass(rest)
            rest = UnsafeRawBufferPointer(rebasing: rest[used...])
        }
    }

    func finish() throws {
        if !pending.isEmpty { try applyEdit() }
        guard nextEdit == edits.count else {
            throw ShardScanner.changed(path, line: edits[nextEdit].line)
        }
        try next.finish()
    }

    /// Passes whole lines up to the next edited one, or all.
    private func pass(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        let stop = nextEdit < edits.count ? edits[nextEdit].line : Int.max
        var used = 0
        while used < bytes.count, line < stop {
            guard let base = bytes.baseAddress,
                let end = memchr(base + used, 10, bytes.count - used)
            else {
                used = bytes.count
                isLineOpen = true
                break
            }
            used = UnsafeRawPointer(end) - base + 1
            line += 1
            isLineOpen = false
        }
        try next.write(UnsafeRawBufferPointer(rebasing: bytes[..<used]))
        return used
    }

    private func takeEdited(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        guard let base = bytes.baseAddress else { return bytes.count }
        let end = memchr(base, 10, bytes.count).map { UnsafeRawPointer($0) - base + 1 }
        let used = end ?? bytes.count
        pending.append(contentsOf: bytes[..<used])
        guard pending.count <= ShardScanner.lineByteCountMaximum + 2 else {
            throw ShardScanner.changed(path, line: line)
        }
        isLineOpen = end == nil
        if end != nil {
            try applyEdit()
            line += 1
        }
        return used
    }

    private func applyEdit() throws {
        let edit = edits[nextEdit]
        var content = pending[...]
        if content.last == 10 { content = content.dropLast() }
        if content.last == 13 { content = content.dropLast() }
        let lineEnd = pending[content.endIndex...]
        guard key.lineKey(Digest(of: Data(content))) == edit.lineKey else {
            throw ShardScanner.changed(path, line: edit.line)
        }
        if !edit.spans.isEmpty {
            let changed = try JSONSpans.replace(
                edit.spans, by: marker, in: Array(content), path: path, line: edit.line)
            redacted.append(
                ShardChange.RedactedLine(line: edit.line, digest: Digest(of: Data(changed))))
            try next.write(changed)
            try next.write(Array(lineEnd))
        }
        pending.removeAll()
        nextEdit += 1
    }
}

extension IndexKey {
    /// Under which the line of an erased record is known.
    func lineKey(_ digest: Digest) -> Data { posting(.erasedLine, hash: digest.hexadecimal) }

    /// Under which an erased record is known, whatever it holds.
    func recordKey(corpus: String, id: String) -> Data {
        posting(.erasedRecord, form: "\(corpus)\u{1f}\(id)")
    }
}
