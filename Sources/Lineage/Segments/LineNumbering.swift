import GRDB

/// The numbers that a shard's lines had when it was added, though lines were erased since. A record
/// without an id of its own is named by that number, so its name stays.
struct LineNumbering: Sendable {
    /// First numbers of the erased lines, ascending.
    private let erased: [Int]

    init(erased: [Int] = []) { self.erased = erased }

    /// The numbering after these lines, by first number, were erased as well.
    func erasing(_ lines: [Int]) -> LineNumbering {
        LineNumbering(erased: (erased + lines).sorted())
    }

    /// Nothing was erased: every line has the number that it began with.
    var isPlain: Bool { erased.isEmpty }

    /// The number that a line began with.
    /// - Parameter line: its present number, from 1.
    func firstLine(of line: Int) -> Int {
        // So many lines were erased before it: those with at most `line - 1` others before them.
        var low = 0
        var high = erased.count
        while low < high {
            let middle = (low + high) / 2
            if erased[middle] - middle <= line { low = middle + 1 } else { high = middle }
        }
        return line + low
    }
}

extension CorpusCatalog {
    func numbering(ofShard row: Int64) throws -> LineNumbering {
        LineNumbering(
            erased: try Int.fetchAll(
                db, sql: "SELECT line FROM erasedLine WHERE shard = ? ORDER BY line",
                arguments: [row]))
    }
}
