import ArgumentParser
import Domain
import Engine
import Foundation

struct MethodsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "methods", abstract: "Lists unlearning methods, or shows one.",
        discussion: "Example:\n  lethe methods npo")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Id of a method.") var name: String?

    func run() throws {
        let methods = try name.map { [try methodSummary($0)] } ?? methodSummaries
        try options.emit(Listing("methods", methods)) {
            guard name != nil, let method = methods.first else {
                return Terminal.table(
                    ["ID", "CLASS", "TITLE", "NEEDS"],
                    methods.map {
                        [
                            $0.id, $0.methodClass.rawValue, $0.title,
                            $0.needs.map(\.rawValue).joined(separator: " "),
                        ]
                    })
            }
            return """
                \(method.id): \(method.title) (\(method.methodClass.text))
                \(method.summary)
                Source: \(method.source)
                Deviations: \(method.deviations.isEmpty ? "none" : method.deviations)
                Needs: \(method.needs.isEmpty ? "nothing" : method.needs.map(\.rawValue).joined(separator: ", "))

                """
                    + (method.parameters.isEmpty
                        ? "No parameters.\n"
                        : Terminal.table(
                            ["PARAMETER", "DEFAULT", "RANGE", "MEANING", "DEFAULT FROM"],
                            method.parameters.map {
                                [
                                    $0.name, String(format: "%g", $0.defaultValue), $0.range,
                                    $0.meaning, $0.source,
                                ]
                            }))
        }
    }
}

/// `metrics`, `attacks` and `formats` print the same kind of list.
private func printPlugins(_ noun: String, _ plugins: [PluginSummary], _ options: GlobalOptions)
    throws
{
    try options.emit(Listing(noun, plugins)) {
        Terminal.table(
            ["ID", "TITLE", "SOURCE"], plugins.map { [$0.id, $0.title, $0.source] })
    }
}

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Lists the metrics verification uses.")
    @OptionGroup var options: GlobalOptions
    func run() throws { try printPlugins("metrics", metricSummaries, options) }
}

struct AttacksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attacks", abstract: "Lists the attacks verification runs.")
    @OptionGroup var options: GlobalOptions
    func run() throws { try printPlugins("attacks", attackSummaries, options) }
}

struct FormatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formats",
        abstract: "The request formats intake reads, and whether a file conforms.",
        subcommands: [FormatsList.self, FormatsCheck.self], defaultSubcommand: FormatsList.self)
}

struct FormatsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the request formats intake reads.")
    @OptionGroup var options: GlobalOptions
    func run() throws { try printPlugins("formats", formatSummaries, options) }
}
