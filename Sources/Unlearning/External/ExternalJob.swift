import Domain
import Foundation
import LanguageModels
import TensorCore

/// The folder through which Lethe and a program talk.
///
/// Of one task there is one, in the task's folder; each start of the program is issued under another
/// token. The folder is open to its owner alone: everything in it holds the deleted data.
struct ExternalJob {
    static let schema = "lethe.external-job.v1"
    static let jobName = "job.json"
    static let reportName = "result.json"
    static let resultName = "result"
    /// Where `result` is moved to when the program has ended: out of reach of one that has not.
    static let takenName = "taken"
    static let modelName = "model"

    let task: UnlearningTask
    let method: String
    let folder: URL
    private let parameters: [String: Double]
    /// Of method, parameters and task: what a program keeps in `work` belongs to it alone.
    private let identity: Digest

    /// What belongs to one start of the program.
    struct Ticket {
        /// 128 random bits in hexadecimal.
        let token: String
        /// When the job was issued, by the clock of its file system, nanoseconds since 1970.
        let issued: Int64
        /// The original's tensors as they were written for the program, by name.
        let tensors: [String: TensorDescription]
    }

    /// - Throws: `parameter-out-of-range` for a name or value that a job cannot hold.
    init(_ task: UnlearningTask, method: String, parameters: [String: Double]) throws {
        for (name, value) in parameters.sorted(by: { $0.key < $1.key })
        where !value.isFinite || !Self.isName(name) {
            throw UnlearningError(
                .parameterOutOfRange,
                "\(method): \(name) is \(value); a job holds finite numbers under names of small "
                    + "letters, digits and hyphens.",
                details: ["method": method, "parameter": name])
        }
        guard Self.isName(method) else {
            throw UnlearningError(
                .parameterOutOfRange,
                "\"\(method)\" is no id of a method: small letters, digits and hyphens, at most 64."
            )
        }
        self.task = task
        self.method = method
        self.parameters = parameters
        folder =
            task.folder?.appendingPathComponent("external")
            ?? FileManager.default.temporaryDirectory.appendingPathComponent(
                "lethe-external-\(UUID().uuidString)")
        let settings = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        identity = Digest(
            of: [
                Self.schema, method, settings.joined(separator: ","),
                task.original.digest.hexadecimal, "\(task.seed)",
                task.forget.map(\.digest.hexadecimal).joined(separator: ","),
                task.retain.map(\.digest.hexadecimal).joined(separator: ","),
            ].joined(separator: "/"))
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// Writes the folder, for the first time or anew. From its first moment no result of an earlier
    /// start counts any more.
    /// - Throws: `file-not-written`.
    func issue(limits: ExternalExecutor.Limits) throws -> Ticket {
        let job = file(Self.jobName)
        let earlier = try? JSONParser.parse(BoundedFile.read(job, limit: 1 << 20).data)
        if earlier?["identity"]?.text != identity.hexadecimal {
            // Of another task, or of none that can be told.
            try ForeignFolder.shred(folder)
        }
        // Before all else: a job without this file is none.
        try ForeignFolder.shred(job)
        for name in [Self.reportName, Self.resultName, Self.takenName, Self.modelName] {
            try ForeignFolder.shred(file(name))
        }
        try ForeignFolder.make(folder)
        try task.original.save(to: file(Self.modelName))
        let weights = try Safetensors(
            contentsOf: file(Self.modelName).appendingPathComponent(LanguageModel.weightsName))
        let tokenizer = task.original.tokenizer
        try write(
            task.forget, to: "forget.jsonl",
            sequences: task.forget.map { MaskedSequence(valuesOf: $0, tokenizer: tokenizer) })
        try write(
            task.retain, to: "retain.jsonl",
            sequences: task.retain.map { MaskedSequence(allOf: $0, tokenizer: tokenizer) })
        var random = SystemRandomNumberGenerator()
        let token = hexadecimalText(
            (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
        try DurableFile.write(
            document(token: token, limits).serialized(), to: job, permissions: 0o600)
        return Ticket(
            token: token, issued: try BoundedFile.read(job, limit: 1 << 20).modified,
            tensors: Dictionary(
                weights.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    /// Leaves the folder in a state in which it can be shredded; shreds it if the task keeps none.
    /// - Throws: `file-not-written` if data is left.
    func close() throws {
        if task.folder == nil {
            try ForeignFolder.shred(folder)
        } else {
            try ForeignFolder.removeLinks(below: folder)
        }
    }

    func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    private func document(token: String, _ limits: ExternalExecutor.Limits) -> JSONValue {
        func number(_ value: Double) -> JSONValue {
            .number(Int(exactly: value).map(String.init) ?? "\(value)")
        }
        func object(_ members: (String, JSONValue)...) -> JSONValue {
            .object(members.map { .init($0.0, $0.1) })
        }
        return object(
            ("schema", .string(Self.schema)), ("identity", .string(identity.hexadecimal)),
            ("token", .string(token)), ("method", .string(method)),
            (
                "parameters",
                .object(
                    parameters.sorted { $0.key < $1.key }.map { .init($0.key, number($0.value)) })
            ),
            ("seed", .number("\(task.seed)")),
            (
                "paths",
                object(
                    ("model", .string(Self.modelName)), ("forget", .string("forget.jsonl")),
                    ("retain", .string("retain.jsonl")), ("work", .string("work")),
                    ("result", .string(Self.resultName)), ("report", .string(Self.reportName)))
            ),
            (
                "limits",
                object(
                    ("silence-seconds", number(limits.silenceSeconds)),
                    ("total-seconds", number(limits.totalSeconds)),
                    ("grace-seconds", number(limits.graceSeconds)),
                    ("line-bytes", .number("\(ExternalTranscript.lineLimit)")))
            ),
            (
                "counts",
                object(
                    ("forget", .number("\(task.forget.count)")),
                    ("retain", .number("\(task.retain.count)")))
            ))
    }

    /// One record a line, with the tokens a model reads and which of them an objective counts.
    private func write(
        _ records: [CorpusRecord], to name: String, sequences: [MaskedSequence]
    ) throws {
        var lines = Data()
        for (record, sequence) in zip(records, sequences) {
            let values = record.values.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                JSONValue.Member($0.key.rawValue, .string($0.value))
            }
            var counted = Array(repeating: 0, count: sequence.sequence.ids.count)
            for (index, weight) in zip(sequence.sequence.scored, sequence.mask) where weight > 0 {
                counted[index] = 1
            }
            let line = JSONValue.object([
                .init("id", .string(record.id)), .init("prompt", .string(record.prompt)),
                .init("completion", .string(record.completion)),
                .init("metadata", .object([.init("values", .object(values))])),
                .init("tokens", .array(sequence.sequence.ids.map { .number("\($0)") })),
                .init("counted", .array(counted.map { .number("\($0)") })),
            ])
            lines.append(line.serialized())
            lines.append(UInt8(ascii: "\n"))
        }
        try DurableFile.write(lines, to: file(name), permissions: 0o600)
    }
}
