import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the passphrase of a protected key comes from.
enum Passphrase {
    /// What it opens.
    enum Subject {
        case vault
        case signingKey
        /// A key of somebody's own.
        case ownKey

        /// Of the environment; with `_FILE` behind it, the name of a file.
        fileprivate var variable: String {
            switch self {
            case .vault: "LETHE_PASSPHRASE"
            case .signingKey: "LETHE_SIGNING_PASSPHRASE"
            case .ownKey: "LETHE_KEY_PASSPHRASE"
            }
        }

        fileprivate var words: String {
            switch self {
            case .vault: "of the vault"
            case .signingKey: "of the signing key"
            case .ownKey: "of your key"
            }
        }
    }

    /// The file named on the command line, `LETHE_PASSPHRASE_FILE`, `LETHE_PASSPHRASE`, or the person
    /// at the terminal, in this order; other keys have variables of their own.
    /// - Returns: UTF-8 bytes; nil if nobody can be asked.
    /// - Throws: `file-unreadable`.
    static func present(file: String?, of subject: Subject = .vault) throws -> Data? {
        let environment = ProcessInfo.processInfo.environment
        if let file = file ?? environment[subject.variable + "_FILE"] {
            return try firstLine(of: file)
        }
        if let text = environment[subject.variable] { return Data(text.utf8) }
        return ask("Passphrase \(subject.words): ")
    }

    /// A new one, from a file or typed twice.
    /// - Returns: nil if nobody can be asked, or if the two differ.
    /// - Throws: `file-unreadable`.
    static func new(file: String?, of subject: Subject = .vault) throws -> Data? {
        if let file { return try firstLine(of: file) }
        guard let first = ask("New passphrase \(subject.words): "),
            let second = ask("Once more: "), first == second
        else { return nil }
        return first
    }

    /// The rest of the file is not looked at, so that it may say what it is.
    private static func firstLine(of file: String) throws -> Data {
        let content = try DurableFile.read(URL(fileURLWithPath: file))
        var line = Data(content.prefix { $0 != UInt8(ascii: "\n") })
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    /// Asks without an echo.
    private static func ask(_ prompt: String) -> Data? {
        guard isatty(STDIN_FILENO) == 1, Terminal.errorIsTerminal, let typed = getpass(prompt)
        else { return nil }
        return Data(String(cString: typed).utf8)
    }
}
