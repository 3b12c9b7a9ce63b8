import ArgumentParser
import Domain
import Foundation

/// Turns errors into what the operator sees and into exit codes.
enum Failure {
    private struct Report: Encodable {
        struct Content: Encodable {
            let code: String
            let message: String
            let details: [String: String]
            let remedy: String?
        }
        let error: Content
    }

    static func exit(_ error: any Error) -> Never {
        let wantsJSON = CommandLine.arguments.contains("--json")
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        if let error = error as? any ReportableError {
            report(
                error.codeName, error.message, error.details, error.remedy, asJSON: wantsJSON)
            Foundation.exit(error.kind.rawValue)
        }
        let status = Lethe.exitCode(for: error).rawValue
        // Help and version come as errors too; they end with 0 and belong on standard output.
        if wantsJSON, status != 0 {
            report("usage", Lethe.message(for: error), [:], "See --help.", asJSON: true)
            Foundation.exit(status)
        }
        if error is CleanExit || status == FailureKind.usage.rawValue || status == 0 {
            Lethe.exit(withError: error)
        }
        report("failed", "\(error)", [:], nil, asJSON: wantsJSON)
        Foundation.exit(FailureKind.failed.rawValue)
    }

    private static func report(
        _ code: String, _ message: String, _ details: [String: String], _ remedy: String?,
        asJSON: Bool
    ) {
        if asJSON {
            let report = Report(
                error: .init(code: code, message: message, details: details, remedy: remedy))
            if let data = try? CanonicalJSON.pretty(report) {
                print(String(decoding: data, as: UTF8.self))
            }
        } else {
            Terminal.writeError("lethe: \(message)\n")
            if let remedy { Terminal.writeError("       \(remedy)\n") }
        }
    }
}
