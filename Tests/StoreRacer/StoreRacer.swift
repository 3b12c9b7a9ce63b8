import Casework
import Domain
import Foundation

/// One of several processes that work on the same store at once:
/// `StoreRacer DATABASE NAME SECONDS SEED`. Prints as JSON what it believes to have done; whoever
/// started it holds that against the history.
///
/// Two things happen in turn: a decision about a random case (hold or release), and work under a
/// lease that only one process may do at a time. Working is guarded a second time by a file that is
/// made exclusively, which knows nothing of the store. One piece of work in forty goes on for longer
/// than its lease, so that another process takes it over; its result must not be taken then.
@main
struct StoreRacer {
    struct Counts: Codable {
        var name: String
        /// Decisions that `apply` returned for.
        var decisions = 0
        var lostRaces = 0
        /// Pieces of work whose result was taken.
        var results = 0
        var heldByOthers = 0
        var overtaken = 0
        /// The second guard was in place: two processes were at the same work.
        var doubleExecutions = 0
        var waitsTooLong = 0
        /// Codes of errors that are not part of the game.
        var surprises: [String] = []
    }

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let seconds = Double(arguments[3]),
            let seed = UInt64(arguments[4])
        else {
            print("usage: StoreRacer DATABASE NAME SECONDS SEED")
            exit(64)
        }
        let store = try SQLiteCaseStore(
            path: arguments[1], vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
            waitSeconds: 30)
        var racer = Racer(
            store: store, folder: URL(fileURLWithPath: arguments[1]).deletingLastPathComponent(),
            counts: Counts(name: arguments[2]), random: SplitMix(state: seed))
        let end = ContinuousClock.now + .milliseconds(Int(seconds * 1_000))
        while ContinuousClock.now < end {
            racer.attempt { try $0.decide() }
            racer.attempt { try $0.work() }
        }
        print(String(decoding: try CanonicalJSON.compact(racer.counts), as: UTF8.self))
    }
}

private struct Racer {
    let store: SQLiteCaseStore
    let folder: URL
    var counts: StoreRacer.Counts
    var random: SplitMix

    mutating func attempt(_ body: (inout Racer) throws -> Void) {
        do { try body(&self) } catch let error as CaseworkError {
            switch error.code {
            case .caseChanged, .notAllowed: counts.lostRaces += 1
            case .leaseHeld: counts.heldByOthers += 1
            case .leaseLost: counts.overtaken += 1
            case .databaseLocked: counts.waitsTooLong += 1
            default: counts.surprises.append(error.codeName)
            }
        } catch { counts.surprises.append("\(type(of: error))") }
    }

    /// Even numbers are for decisions, odd ones for work.
    mutating func decide() throws {
        let record = try store.load(CaseID(year: 2026, number: 2 * Int(random.next() % 4) + 2))
        _ = try store.apply(
            record.state == .onHold ? .release : .hold, to: record.id,
            expectedVersion: record.version, actor: counts.name, reason: "race")
        counts.decisions += 1
    }

    mutating func work() throws {
        let id = CaseID(year: 2026, number: 2 * Int(random.next() % 4) + 1)
        let goesOnTooLong = random.next() % 40 == 0
        let lease = try store.acquireLease(
            on: [.work(on: id)], seconds: goesOnTooLong ? 1 : 60, actor: counts.name)
        let guardFile = folder.appendingPathComponent("working-on-\(id)")
        let descriptor = open(guardFile.path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        if descriptor >= 0 { close(descriptor) } else { counts.doubleExecutions += 1 }
        usleep(UInt32(random.next() % 3_000))
        unlink(guardFile.path)
        if goesOnTooLong { usleep(2_500_000) }
        let record = try store.load(id)
        let isReceived = record.state == .received
        _ = try store.apply(
            isReceived ? .nobodyFound : .matchAccepted, to: id, actor: counts.name,
            reason: "race", lease: lease
        ) { progress in
            if isReceived { return }
            progress.decisions = [
                MatchDecision(
                    subject: "person-001", accepted: true, at: record.createdAt, actor: "race")
            ]
        }
        counts.results += 1
        try store.releaseLease(lease)
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
