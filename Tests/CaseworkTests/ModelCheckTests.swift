import Casework
import Domain
import Foundation
import TestSupport
import Testing

/// Sequences of commands on two cases, held against the reference after every command.
struct ModelCheck {
    /// How the real desk and the reference differ.
    struct Difference: CustomStringConvertible {
        let commands: [Command]
        let setting: DeskSetting
        let what: String
        var description: String {
            "\(what) after \(commands.map(\.description).joined(separator: ", ")); four eyes: "
                + "\(setting.fourEyes)"
        }
    }

    var flaw: ReferenceCase.Flaw?
    private(set) var sequenceCount = 0
    private(set) var commandCount = 0
    private(set) var acceptedCount = 0
    private(set) var reached: Set<CaseState> = []
    private var scratch: ScratchStore
    private var storeCount = 0
    /// A store is given up before it grows large; its history is verified then.
    private static let sequencesPerStore = 400

    init(flaw: ReferenceCase.Flaw? = nil) throws {
        self.flaw = flaw
        scratch = try ScratchStore(folder: Self.folder())
    }

    /// In memory where the machine has such a folder: what is asked here is not what a disk does.
    private static func folder() throws -> ScratchFolder {
        let memory = URL(fileURLWithPath: "/dev/shm")
        return FileManager.default.isWritableFile(atPath: memory.path)
            ? try ScratchFolder(in: memory) : try ScratchFolder()
    }

    mutating func finish() throws { _ = try scratch.store.verifyHistory() }

    /// - Returns: what differed after the last command that was carried out, if anything.
    mutating func check(_ commands: [Command], _ setting: DeskSetting) throws -> Difference? {
        if sequenceCount > 0, sequenceCount % Self.sequencesPerStore == 0 {
            try finish()
            scratch = try ScratchStore(folder: Self.folder())
        }
        sequenceCount += 1
        let desk = try RealDesk(
            store: scratch.store, name: "sequence-\(sequenceCount)", setting: setting)
        var model = [
            ReferenceCase(identity: 0, flaw: flaw), ReferenceCase(identity: 2, flaw: flaw),
        ]
        for (index, command) in commands.enumerated() {
            let accepted = try desk.perform(command)
            let expected = model[command.target].take(
                command.verb, other: model[1 - command.target], fourEyes: setting.fourEyes)
            commandCount += 1
            acceptedCount += accepted ? 1 : 0
            let record = try scratch.store.load(desk.ids[command.target])
            reached.insert(record.state)
            let difference = Self.difference(record, model[command.target])
            guard accepted == expected, difference == nil else {
                return Difference(
                    commands: Array(commands[...index]), setting: setting,
                    what: accepted == expected
                        ? difference ?? "" : accepted ? "accepted, not refused" : "refused")
            }
        }
        return nil
    }

    private static func difference(_ record: CaseRecord, _ model: ReferenceCase) -> String? {
        let legal = record.progress.legal
        let pairs: [(String, String, String)] = [
            ("state", record.state.rawValue, model.state),
            ("held from", record.heldFrom?.rawValue ?? "", model.heldFrom ?? ""),
            ("version", String(record.version), String(model.version)),
            ("due", record.dueAt.dateText, model.due),
            ("outward status", outwardStatus(of: record).name, model.outward),
            ("exempted", String(!legal.exemptions.isEmpty), String(model.exempted)),
            ("recipients", String(legal.recipients.count), String(min(model.recipient, 1))),
            ("result", record.progress.unlearning?.methodClass.rawValue ?? "", model.result ?? ""),
            ("approval", legal.approval?.actor ?? "", model.approvedBy ?? ""),
        ]
        return pairs.first { $0.1 != $0.2 }.map { "\($0.0) is \($0.1), expected \($0.2)," }
    }

    /// Leaves out every command that the difference does not need.
    mutating func shrunk(_ found: Difference) throws -> Difference {
        var smallest = found
        var index = 0
        while index < smallest.commands.count {
            var fewer = smallest.commands
            fewer.remove(at: index)
            if let difference = try check(fewer, smallest.setting) {
                smallest = difference
                index = 0
            } else {
                index += 1
            }
        }
        return smallest
    }

    /// What takes a case on rather than aside.
    private static let forward: [Verb] = [
        .found, .accept17, .confirmByDocument, .runExact, .runApproximate, .pass, .fail,
        .approveByBob, .certifyByEve, .release, .reopenForHit, .reopenAfterReview, .reopenDuplicate,
    ]

    /// A sequence in which about every second command takes its case on, so that the later states are
    /// reached.
    func sequence(_ random: inout SeededNumbers, length: Int, _ setting: DeskSetting) -> [Command] {
        var model = [ReferenceCase(identity: 0), ReferenceCase(identity: 2)]
        return (0..<length).map { _ in
            var command = Self.anyCommand(&random)
            if random.next() % 2 == 0 {
                for _ in 0..<20 {
                    let verb = Self.forward[Int(random.next() % UInt64(Self.forward.count))]
                    let onward = Command(verb: verb, target: command.target)
                    var copy = model[onward.target]
                    let state = copy.state
                    if copy.take(
                        verb, other: model[1 - onward.target], fourEyes: setting.fourEyes),
                        copy.state != state
                    {
                        command = onward
                        break
                    }
                }
            }
            _ = model[command.target].take(
                command.verb, other: model[1 - command.target], fourEyes: setting.fourEyes)
            return command
        }
    }

    private static func anyCommand(_ random: inout SeededNumbers) -> Command {
        let verbs = Verb.allCases
        let verb = verbs[Int(random.next() % UInt64(verbs.count))]
        // Mostly one case, so that sequences get far with it.
        return Command(verb: verb, target: random.next() % 4 == 0 ? 1 : 0)
    }
}

/// SplitMix64: the same sequence for a seed on every machine.
struct SeededNumbers {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// `LETHE_MODEL_CHECK_SEQUENCES` sets the number of random sequences; with it every triple of
/// commands is tried, too. Without it a part is, in a few seconds.
@Suite struct ModelCheckTests {
    static let full = ProcessInfo.processInfo.environment["LETHE_MODEL_CHECK_SEQUENCES"]
        .flatMap(Int.init)
    static let settings = [DeskSetting(fourEyes: false), DeskSetting(fourEyes: true)]

    @Test("Random sequences of commands leave the store where the reference says")
    func random() throws {
        let count = Self.full ?? 300
        let seed: UInt64 = 20_260_305
        var check = try ModelCheck()
        for number in 0..<count {
            var random = SeededNumbers(seed: seed &+ UInt64(number))
            let setting = Self.settings[number % 2]
            let commands = check.sequence(&random, length: 10, setting)
            if let found = try check.check(commands, setting) {
                Issue.record("seed \(seed), sequence \(number): \(try check.shrunk(found))")
                return
            }
        }
        try check.finish()
        #expect(check.reached == Set(CaseState.allCases))
        print(
            "model check: \(check.sequenceCount) random sequences, \(check.commandCount) commands, "
                + "\(check.acceptedCount) accepted, no difference, seed \(seed)")
    }

    /// Ways into states from which short sequences are tried.
    static let ways: [[Verb]] = [
        [], [.found], [.found, .runExact], [.found, .runExact, .pass], [.found, .runExact, .fail],
        [.found, .runExact, .pass, .approveByBob, .certifyByEve], [.ambiguous], [.demandIdentity],
        [.found, .hold], [.refuse], [.withdraw], [.supersede],
        [.found, .runExact, .pass, .approveByBob, .certifyByEve, .reopenForHit],
    ]

    @Test("Every pair of commands from every state, and triples, do what the reference says")
    func exhaustive() throws {
        var check = try ModelCheck()
        var pairCount = 0
        var tripleCount = 0
        var number = 0
        let verbs = Verb.allCases
        func tried(_ verbs: [Verb]) throws -> Bool {
            let commands = verbs.map { Command(verb: $0, target: 0) }
            let setting = Self.settings[number % 2]
            number += 1
            guard let found = try check.check(commands, setting) else { return true }
            Issue.record("\(try check.shrunk(found))")
            return false
        }
        for way in Self.ways {
            for first in verbs {
                for second in verbs {
                    // A part of the pairs and triples without the environment variable.
                    pairCount += 1
                    guard Self.full != nil || pairCount % 41 == 0 else { continue }
                    guard try tried(way + [first, second]) else { return }
                }
            }
        }
        for first in verbs {
            for second in verbs {
                for third in verbs {
                    tripleCount += 1
                    guard Self.full != nil || tripleCount % 151 == 0 else { continue }
                    guard try tried([first, second, third]) else { return }
                }
            }
        }
        try check.finish()
        #expect(pairCount == Self.ways.count * verbs.count * verbs.count)
        #expect(tripleCount == verbs.count * verbs.count * verbs.count)
        print(
            "model check: \(check.sequenceCount) of \(pairCount) pairs from \(Self.ways.count) states "
                + "and \(tripleCount) triples, \(check.commandCount) commands, no difference")
    }

    @Test("A difference is found, and shrunk to the commands it needs")
    func shrinking() throws {
        var check = try ModelCheck(flaw: .withdrawsClosedCases)
        let setting = DeskSetting(fourEyes: false)
        let verbs: [Verb] = [
            .ground, .found, .recipientAdd, .runExact, .extend, .pass, .certifyByAda,
            .recipientNotify, .withdraw, .refuse,
        ]
        let found = try check.check(verbs.map { Command(verb: $0, target: 0) }, setting)
        let smallest = try check.shrunk(try #require(found))
        #expect(
            smallest.commands.map(\.verb) == [.found, .runExact, .pass, .certifyByAda, .withdraw])
        #expect(smallest.what == "refused")
    }
}
