import Domain
import Foundation

/// Writes the text of a journal, step by step.
struct JournalText {
    private(set) var data: Data
    private(set) var stepCount = 0
    private var check: String

    init(_ header: TrainingJournal.Header) {
        let text = """
            \(TrainingJournal.formatLine)
            recipe \(header.recipe)
            plan \(header.plan)
            start \(header.start)
            seed \(header.seed)
            steps \(header.stepCount)

            """
        check = TrainingJournal.check(text, after: "")
        data = Data("\(text)check \(check)\n".utf8)
    }

    mutating func append(_ step: TrainingJournal.Step) {
        let keys = step.records.isEmpty ? "-" : step.records.joined(separator: ",")
        let bits = String(step.learningRate.bitPattern, radix: 16)
        let text = "\(stepCount) \(bits) \(keys)"
        check = TrainingJournal.check(text, after: check)
        data.append(contentsOf: "\(text) \(check)\n".utf8)
        stepCount += 1
    }
}

/// Reads the text of a journal.
struct JournalLines {
    private let lines: [Substring]
    private let file: String
    /// Number of the line read last, from 1.
    private var number = 0
    private var check = ""

    init(_ data: Data, file: String) {
        // Damaged bytes become other characters, which no rule below accepts.
        lines = String(decoding: data, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        self.file = file
    }

    /// The last line is complete only with its line end, after which an empty rest remains.
    private var remaining: Int { lines.count - 1 - number }

    func malformed(_ what: String) -> ModelError {
        TrainingJournal.malformed(file, line: max(1, number), what)
    }

    mutating func next(_ what: String) throws -> Substring {
        number += 1
        guard number < lines.count else { throw malformed("\(what) is missing or cut off") }
        return lines[number - 1]
    }

    mutating func header() throws -> TrainingJournal.Header {
        var text = "\(try next("the format"))\n"
        guard text == TrainingJournal.formatLine + "\n" else {
            throw malformed("\"\(TrainingJournal.formatLine)\" is expected")
        }
        func value<T>(_ name: String, _ parse: (String) -> T?) throws -> T {
            let line = try next(name)
            guard line.hasPrefix(name + " "),
                let value = parse(String(line.dropFirst(name.count + 1)))
            else { throw malformed("\"\(name)\" with a value is expected") }
            text += "\(line)\n"
            return value
        }
        let recipe = try value("recipe", Digest.init(hexadecimal:))
        let plan = try value("plan", Digest.init(hexadecimal:))
        let start = try value("start", Digest.init(hexadecimal:))
        let seed = try value("seed") { UInt64($0) }
        let stepCount = try value("steps") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
        let expected = TrainingJournal.check(text, after: "")
        guard try next("the checksum") == "check \(expected)" else {
            throw malformed("the header above does not match its checksum")
        }
        check = expected
        return TrainingJournal.Header(
            recipe: recipe, plan: plan, start: start, seed: seed, stepCount: stepCount)
    }

    mutating func steps(count: Int) throws -> [TrainingJournal.Step] {
        var steps: [TrainingJournal.Step] = []
        while remaining > 0 {
            let line = try next("step \(steps.count)")
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count == 4, let bits = UInt32(fields[1], radix: 16) else {
                throw malformed("it is not a step's line")
            }
            let text = fields[..<3].joined(separator: " ")
            let expected = TrainingJournal.check(text, after: check)
            guard fields[3] == expected else {
                throw malformed("it does not match its checksum, or a line before it is missing")
            }
            let keys = fields[2] == "-" ? [] : fields[2].split(separator: ",").map(String.init)
            guard fields[0] == "\(steps.count)", steps.count < count,
                keys.allSatisfy({ $0.utf8.count == TrainingJournal.keyLength })
            else { throw malformed("it is not step \(steps.count) of \(count)") }
            check = expected
            steps.append(.init(learningRate: Float(bitPattern: bits), records: keys))
        }
        guard lines.last == "" else {
            number += 1
            throw malformed("it is cut off")
        }
        return steps
    }
}
