import ArgumentParser
import Foundation

/// The project's side of every comparison: each case prints one JSON line in the form of its peer.
@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe-bench",
        abstract: "Speed and memory of the tensor core and the loaders; one JSON line per case.",
        subcommands: [
            StepCommand.self, UnlearnCommand.self, ScoreCommand.self, TokenizerCommand.self,
            LoadCommand.self, ProductCommand.self,
        ])
}

/// A measured case as one line of JSON.
func report(_ pairs: [(String, Any)]) throws {
    var object: [String: Any] = [:]
    for (key, value) in pairs { object[key] = value }
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    FileHandle.standardOutput.write(data + Data("\n".utf8))
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// Highest resident memory of the process so far, MiB.
func peakMemoryMiB() -> Int {
    // RUSAGE_SELF is 0; its imported type differs between C libraries.
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)
    return usage.ru_maxrss / 1_024
}
