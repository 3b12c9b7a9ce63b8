import Foundation

/// The file of a program among the folders of a search path; nil if it is in none of them.
func installedProgram(_ name: String, in searchPath: String) -> URL? {
    // An empty or relative part would mean the present folder, where anybody may have put anything.
    searchPath.split(separator: ":").filter { $0.hasPrefix("/") }.map {
        URL(fileURLWithPath: String($0)).appendingPathComponent(name)
    }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
}

/// A program run to its end, or stopped; without a shell, without input, with its messages in a file so
/// that no full pipe can hold it up.
struct ProgramRun {
    enum End: Equatable {
        case exited(Int32)
        case notStarted
        case timedOut
    }

    let end: End
    /// The last line that it wrote, at most 300 characters.
    let lastMessage: String

    init(
        _ program: URL, _ arguments: [String], environment: [String: String], messages: URL,
        timeoutSeconds: Int
    ) {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: messages.path, contents: nil)
        let log = FileHandle(forWritingAtPath: messages.path) ?? .nullDevice
        process.standardOutput = log
        process.standardError = log
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        do { try process.run() } catch {
            end = .notStarted
            lastMessage = "it could not be started (\(error.localizedDescription))"
            return
        }
        var isLate = false
        if ended.wait(timeout: .now() + .seconds(timeoutSeconds)) == .timedOut {
            isLate = true
            process.terminate()
            if ended.wait(timeout: .now() + .seconds(5)) == .timedOut {
                kill(process.processIdentifier, SIGKILL)
                ended.wait()
            }
        }
        try? log.close()
        end = isLate ? .timedOut : .exited(process.terminationStatus)
        let text = (try? Data(contentsOf: messages)).map { String(decoding: $0, as: UTF8.self) }
        let lines = text?.split(whereSeparator: \.isNewline) ?? []
        lastMessage = String(lines.last?.prefix(300) ?? "it gave no message")
    }
}
