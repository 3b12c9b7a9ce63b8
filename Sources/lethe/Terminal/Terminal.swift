import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The two streams and what they can do.
enum Terminal {
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    private static let usesColour =
        outputIsTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    enum Style: String {
        case bold = "1"
        case green = "32"
        case yellow = "33"
        case red = "31"
        case dim = "2"
    }

    static func styled(_ text: String, _ style: Style) -> String {
        usesColour ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }

    static func writeError(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// Writes at once: what is shown has happened, even if the process is killed next.
    static func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    /// Columns padded to their widest cell.
    static func table(_ header: [String], _ rows: [[String]]) -> String {
        let all = [header] + rows
        let widths = header.indices.map { column in
            all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return all.enumerated().map { index, row in
            let line = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell
                    : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
            return index == 0 ? styled(line, .bold) : line
        }.joined(separator: "\n") + "\n"
    }
}

/// Collects small pieces of standard output, so that not each one is a call of the system.
struct BufferedOutput {
    private var buffer = Data()
    private static let byteCount = 1 << 16

    mutating func append(_ piece: Data) {
        buffer.append(piece)
        if buffer.count >= Self.byteCount { flush() }
    }

    /// To be called at the end.
    mutating func flush() {
        try? FileHandle.standardOutput.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
