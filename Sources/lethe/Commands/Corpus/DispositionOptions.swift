import ArgumentParser
import Casework
import Domain
import Engine
import Lineage

/// What became of something that holds a person's records outside of the shards.
struct DispositionOptions: ParsableArguments {
    @Option(name: .customLong("case"), help: ArgumentHelp("For this case.", valueName: "id"))
    var caseID: String
    @Flag(help: "The person's data is gone from it.") var erased = false
    @Option(help: ArgumentHelp("It will be gone by then.", valueName: "date"))
    var scheduled: String?
    @Option(
        help: ArgumentHelp(
            "It stays, for this reason. Kept for good: no personal data.", valueName: "reason"))
    var cannotBeErased: String?

    func disposition() throws -> CopyDisposition {
        let given: [CopyDisposition?] = [
            erased ? .erased : nil, try scheduled.map { .scheduled(until: try time($0)) },
            cannotBeErased.map { .cannotBeErased(reason: $0) },
        ]
        let found = given.compactMap(\.self)
        guard found.count == 1 else {
            throw ValidationError("Give exactly one of --erased, --scheduled, --cannot-be-erased.")
        }
        return found[0]
    }

    private func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(text) else {
            throw ValidationError("--scheduled must be like 2026-12-01.")
        }
        return time
    }
}
