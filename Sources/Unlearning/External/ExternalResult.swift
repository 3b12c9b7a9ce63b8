import Domain
import Foundation
import LanguageModels

/// What a program left behind, checked before anything of it is used.
struct ExternalResult {
    static let schema = "lethe.external-result.v1"
    private static let reportLimit = 1 << 20
    private static let factCountLimit = 64
    private static let factByteLimit = 256
    private static let fileCountLimit = 256
    /// Room for a header and for tensors that are derived from others.
    private static let extraBytes = 64 << 20

    /// What the program says of its work, under names that begin with `program.`.
    let facts: [String: String]
    private let job: ExternalJob
    private let ticket: ExternalJob.Ticket
    private let weightsDigest: Digest

    /// Reads `result.json`, and takes `result` out of the program's reach.
    /// - Throws: `external-result-refused`.
    init(of job: ExternalJob, _ ticket: ExternalJob.Ticket) throws {
        let (data, modified) = try BoundedFile.read(
            job.file(ExternalJob.reportName), limit: Self.reportLimit)
        guard modified >= ticket.issued else {
            throw ExternalRefusal.stale.error("result.json is older than the job.")
        }
        let report: JSONValue
        do { report = try JSONParser.parse(data, limits: .untrusted) } catch {
            throw ExternalRefusal.malformed.error("result.json is no JSON document.", cause: error)
        }
        guard report["schema"]?.text == Self.schema else {
            throw ExternalRefusal.malformed.error("result.json is not of schema \(Self.schema).")
        }
        guard report["token"]?.text == ticket.token else {
            throw ExternalRefusal.token.error(
                "result.json does not carry this job's token; it may be of an earlier start.")
        }
        guard report["method"]?.text == job.method else {
            throw ExternalRefusal.method.error("it is not a result of the method \(job.method).")
        }
        guard let digest = report["sha256"]?.text.flatMap(Digest.init(hexadecimal:)) else {
            throw ExternalRefusal.malformed.error("result.json has no valid sha256.")
        }
        guard let steps = report["steps"]?.integer, steps >= 0 else {
            throw ExternalRefusal.malformed.error("result.json has no whole number of steps.")
        }
        facts = try Self.facts(report["facts"], DisclosureScreen(job.task.forget)).merging([
            "external-steps": "\(steps)", "external-method": job.method,
            "external-result-sha256": digest.hexadecimal,
        ]) { $1 }
        self.job = job
        self.ticket = ticket
        weightsDigest = digest
        guard
            rename(
                job.file(ExternalJob.resultName).path, job.file(ExternalJob.takenName).path) == 0
        else { throw ExternalRefusal.missing.error("there is no folder result.") }
    }

    /// The model in `result`: the original with other weights.
    ///
    /// Weights of another element type are rounded to the original's.
    /// - Throws: `external-result-refused`.
    func model() throws -> LanguageModel {
        try checkFiles()
        try checkTokenizer()
        let configuration = try readConfiguration()
        let original = job.task.original
        // Of float32 at most, with a tied embedding perhaps written twice.
        let limit = 8 * original.parameterCount + Self.extraBytes
        let (data, modified) = try read(LanguageModel.weightsName, limit: limit)
        guard modified >= ticket.issued else {
            throw ExternalRefusal.stale.error(
                "\(LanguageModel.weightsName) is older than the job.")
        }
        guard Digest(of: data) == weightsDigest else {
            throw ExternalRefusal.digest.error(
                "\(LanguageModel.weightsName) has another SHA-256 than result.json says.")
        }
        let weights: Safetensors
        do { weights = try Safetensors(data, name: LanguageModel.weightsName) } catch {
            throw ExternalRefusal.malformed.error(
                "\(LanguageModel.weightsName) is no safetensors file.", cause: error)
        }
        try checkArchitecture(configuration, weights)
        let model = original.copy()
        try load(weights, into: model)
        let isRounded = weights.tensors.contains {
            ticket.tensors[$0.name].map(\.type) != $0.type
        }
        if isRounded {
            try load(
                Safetensors(model.weightsFile(), name: LanguageModel.weightsName), into: model)
        }
        guard model.parameters.isFinite else {
            throw ExternalRefusal.nonFinite.error("a weight is infinite or not a number.")
        }
        return model
    }

    private func load(_ weights: Safetensors, into model: LanguageModel) throws {
        for parameter in model.parameters.parameters {
            do { try weights.read(parameter.name, into: parameter.value) } catch {
                throw ExternalRefusal.architecture.error(
                    "\(parameter.name) cannot be read.", details: ["tensor": parameter.name],
                    cause: error)
            }
        }
    }

    private func read(_ name: String, limit: Int) throws -> (data: Data, modified: Int64) {
        try BoundedFile.read(
            job.file(ExternalJob.takenName).appendingPathComponent(name), limit: limit)
    }

    /// Plain files and nothing else.
    private func checkFiles() throws {
        let folder = job.file(ExternalJob.takenName)
        guard let status = ForeignFolder.status(folder), status.st_mode & S_IFMT == S_IFDIR,
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        else { throw ExternalRefusal.link.error("result is not a folder that can be read.") }
        guard names.count <= Self.fileCountLimit else {
            throw ExternalRefusal.size.error("result holds \(names.count) files.")
        }
        for name in names {
            guard let status = ForeignFolder.status(folder.appendingPathComponent(name)),
                status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1
            else {
                throw ExternalRefusal.link.error(
                    "result holds something that is not a file of its own: a link, a folder or a "
                        + "pipe.")
            }
        }
    }

    private func checkTokenizer() throws {
        guard let original = job.task.original.companions["tokenizer.json"] else { return }
        let (data, _) = try read("tokenizer.json", limit: 2 * original.count + Self.extraBytes)
        guard data != original else { return }
        // Another program writes the same document with other spaces, in another order.
        let documents = [original, data].map { data in
            (try? JSONParser.parse(data)).map { $0.sorted(without: ["truncation", "padding"]) }
        }
        guard let first = documents[0], first == documents[1] else {
            throw ExternalRefusal.tokenizer.error("tokenizer.json differs from the original's.")
        }
    }

    private func readConfiguration() throws -> JSONValue {
        let (data, _) = try read("config.json", limit: Self.reportLimit)
        do { return try JSONParser.parse(data, limits: .untrusted) } catch {
            throw ExternalRefusal.malformed.error("config.json is no JSON document.", cause: error)
        }
    }

    /// Members of `config.json` that say how a model is stored or run, not what it computes.
    private static let annotations: Set<String> = [
        "architectures", "dtype", "torch_dtype", "transformers_version", "_name_or_path",
        "use_cache", "attn_implementation", "_attn_implementation",
    ]

    /// The same computation on tensors of the same shapes.
    private func checkArchitecture(_ configuration: JSONValue, _ weights: Safetensors) throws {
        let expected = job.task.original.architecture
        let found: any DecoderArchitecture
        do {
            found = try Configuration(configuration, source: "result/config.json").architecture(
                tensorNames: Set(weights.tensors.map(\.name)))
        } catch {
            throw ExternalRefusal.architecture.error(
                "its config.json describes no model that can be read.", cause: error)
        }
        guard found.familyID == expected.familyID, found.layerCount == expected.layerCount,
            found.maximumPositions == expected.maximumPositions,
            found.attention.heads == expected.attention.heads,
            found.attention.keyValueHeads == expected.attention.keyValueHeads,
            found.headName == expected.headName,
            found.parameterShapes.map(\.name) == expected.parameterShapes.map(\.name),
            found.parameterShapes.map(\.shape) == expected.parameterShapes.map(\.shape)
        else {
            throw ExternalRefusal.architecture.error(
                "its config.json describes a model of another shape.")
        }
        try checkMembers(configuration)
        let shapes = Dictionary(
            weights.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for shape in expected.parameterShapes {
            guard let tensor = shapes[shape.name], tensor.shape == shape.shape,
                tensor.type != .f64, tensor.type.isFloatingPoint
            else {
                throw ExternalRefusal.architecture.error(
                    "\(shape.name) is missing, of another shape, or holds no float32, float16 or "
                        + "bfloat16 numbers.",
                    details: ["tensor": shape.name])
            }
        }
        let known = Set(expected.parameterShapes.map(\.name))
        guard
            weights.tensors.allSatisfy({
                known.contains($0.name) || expected.ignores(tensorNamed: $0.name)
            })
        else {
            throw ExternalRefusal.architecture.error("it holds tensors that the original has not.")
        }
    }

    /// Numbers and words that both configurations have must agree: a shape says nothing of the base of
    /// rotary positions or of a norm's epsilon.
    private func checkMembers(_ configuration: JSONValue) throws {
        guard let data = job.task.original.companions["config.json"] else { return }
        for member in try JSONParser.parse(data).members ?? []
        where !Self.annotations.contains(member.key) {
            guard let other = configuration[member.key] else { continue }
            let agrees: Bool
            switch (member.value, other) {
            case (.number, .number): agrees = member.value.real == other.real
            case (.string, .string), (.bool, .bool): agrees = member.value == other
            default: agrees = true
            }
            guard agrees else {
                throw ExternalRefusal.architecture.error(
                    "\(member.key) in its config.json is not the original's.",
                    details: ["key": member.key])
            }
        }
    }

    private static func facts(
        _ value: JSONValue?, _ screen: DisclosureScreen
    ) throws -> [String: String] {
        func malformed(_ rule: String) -> UnlearningError {
            ExternalRefusal.malformed.error("facts in result.json \(rule).")
        }
        guard let members = value?.members else { throw malformed("are not an object") }
        guard members.count <= factCountLimit else {
            throw malformed("have more than \(factCountLimit) entries")
        }
        var facts: [String: String] = [:]
        for member in members {
            guard let text = member.value.text,
                [member.key, text].allSatisfy({ part in
                    part.utf8.count <= factByteLimit
                        && part.unicodeScalars.allSatisfy(DisclosureScreen.isShowable)
                }), !member.key.isEmpty
            else {
                throw malformed(
                    "must be texts of at most \(factByteLimit) bytes without control characters")
            }
            guard !screen.discloses(member.key), !screen.discloses(text) else {
                throw ExternalRefusal.disclosure.error(
                    "a fact holds a value of a person who is to be forgotten.")
            }
            facts["program.\(member.key)"] = text
        }
        return facts
    }
}

extension JSONValue {
    /// The document with the members of its objects in order of their names, and some of the
    /// outermost left out: equal for equal content.
    fileprivate func sorted(without names: Set<String> = []) -> JSONValue {
        switch self {
        case .object(let members):
            .object(
                members.filter { !names.contains($0.key) }
                    .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                    .map { .init($0.key, $0.value.sorted()) })
        case .array(let items): .array(items.map { $0.sorted() })
        default: self
        }
    }
}
