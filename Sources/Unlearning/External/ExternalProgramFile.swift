import Domain
import Foundation

/// The program's file, found and identified before it is started.
struct ExternalProgramFile {
    let path: String
    /// Last component of the path.
    let name: String
    private let digest: Digest
    /// Of those of the operator's arguments that name files, in order: an interpreter's digest alone
    /// would not tell which script it ran.
    private let argumentDigests: [Digest]

    /// - Throws: `external-not-started`, `file-unreadable`.
    init(command: String, arguments: [String]) throws {
        name = (command as NSString).lastPathComponent
        path = try Self.find(command, name)
        digest = try Digest(ofFileAt: URL(fileURLWithPath: path))
        argumentDigests = try arguments.filter(Self.isFile).map {
            try Digest(ofFileAt: URL(fileURLWithPath: $0))
        }
    }

    /// For the certificate.
    var facts: [String: String] {
        var facts = ["external-program": name, "external-program-sha256": digest.hexadecimal]
        if !argumentDigests.isEmpty {
            facts["external-argument-files-sha256"] = argumentDigests.map(\.hexadecimal)
                .joined(separator: " ")
        }
        return facts
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private static func find(_ command: String, _ name: String) throws -> String {
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let candidates =
            command.contains("/")
            ? [command]
            : search.split(separator: ":").map { "\($0)/\(command)" }
        let files = candidates.filter(isFile)
        if let path = files.first(where: { access($0, X_OK) == 0 }) { return path }
        guard files.isEmpty else {
            throw UnlearningError(
                .externalNotStarted, "The program \(command) is not executable.",
                details: ["program": name, "reason": "not-executable"],
                remedy: "Set its permission (chmod +x), or give its interpreter as the program and "
                    + "the file as an argument.")
        }
        throw UnlearningError(
            .externalNotStarted, "There is no program \(command).",
            details: ["program": name, "reason": "not-found"],
            remedy: "Give its whole path, or a name that is found in PATH.")
    }
}
