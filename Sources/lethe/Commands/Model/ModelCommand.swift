import ArgumentParser
import Domain
import Engine
import Foundation
import LanguageModels

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Imports, lists, shows, exports and checks models.",
        subcommands: [
            ModelImport.self, ModelList.self, ModelShow.self, ModelExport.self, ModelVerify.self,
        ])
}

struct ModelImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes a Hugging Face folder or a GGUF file in.",
        discussion: """
            A folder holds config.json, tokenizer.json and model.safetensors, or its shards with \
            model.safetensors.index.json. Of a GGUF file, quantised weights are widened to float32.

            Examples:
              lethe model import tuned ./my-model --corpus people --recipe tune.yaml
              lethe model import smollm2 ./SmolLM2-135M-Instruct.Q4_1.gguf
              lethe model import tuned ./base --adapter ./lora --corpus people
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the model.") var name: String
    @Argument(help: "Folder or .gguf file to read.", completion: .file()) var path: String
    @Option(
        help: ArgumentHelp(
            "Adapter folder of PEFT (LoRA), merged into the weights.", valueName: "folder"),
        completion: .directory)
    var adapter: String?
    @Option(help: "Corpus it was trained on; may be given several times.") var corpus: [String] = []
    @Option(
        help: ArgumentHelp(
            "Recipe it was trained by; needed for exact retraining.", valueName: "file"))
    var recipe: String?

    func run() throws {
        let result = try options.open(for: .changing).importModel(
            name: name, from: URL(fileURLWithPath: path),
            adapter: adapter.map { URL(fileURLWithPath: $0) }, corpora: corpus,
            recipe: try recipe.map { try RecipeFile.read(URL(fileURLWithPath: $0)) },
            actor: options.actorName)
        try options.emit(result) { describe(result) }
    }
}

struct ModelList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists all versions of all models.")

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let models = try options.open(for: .reading).lineage.models()
        try options.emit(Listing("model-list", models)) {
            Terminal.table(
                ["NAME", "VERSION", "CURRENT", "FAMILY", "HOW", "DIGEST", "CREATED"],
                models.map {
                    [
                        $0.name, "\($0.version)", $0.isCurrent ? "yes" : "-", $0.family, $0.how,
                        $0.digest.short, $0.createdAt.description,
                    ]
                })
        }
    }
}

struct ModelShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one model, by name or digest.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name, or the first digits of a digest.") var model: String

    func run() throws {
        let details = try options.open(for: .reading).modelDetails(model)
        try options.emit(details) {
            let entry = details.entry
            return """
                \(entry.name) version \(entry.version) (\(entry.how))\
                \(entry.isCurrent ? ", current" : "")
                digest      \(entry.digest)
                family      \(details.memberCount.map { "ensemble of \($0) " } ?? "")\
                \(entry.family), \(details.parameterCount) parameters
                vocabulary  \(details.vocabularySize), positions \(details.maximumPositions)
                trained on  \(details.recordCount) records of \
                \(details.corpora.isEmpty ? "-" : details.corpora.joined(separator: ", "))
                versions    \(details.versions.map { "\($0.version):\($0.how)" }
                    .joined(separator: "  "))
                \(details.drift.map(describe) ?? "no deletion since it was exact")

                """
        }
    }
}

private func describe(_ drift: DriftSummary) -> String {
    func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }
    let limit = drift.maximumUtilityLoss.map { ", of \(percent($0)) allowed" } ?? ""
    return "drift       \(drift.deletionCount) deletions since \(drift.exactModel.short), "
        + "\(percent(drift.utilityLoss)) of its utility\(limit)"
}

struct ModelExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a model as a Hugging Face folder.",
        discussion: """
            Adapters that were trained and merged into it are written too, in PEFT's form, in the
            subfolder "adapter"; they belong on the base model, not on this one. An ensemble is written \
            as a folder of such folders with members.sha256, the list of their digests.

            Example:
              lethe model export assistant ./assistant-after-deletion
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name, or the first digits of a digest.") var model: String
    @Argument(help: "New or empty folder.", completion: .directory) var folder: String

    private struct Result: Encodable {
        let schema = "lethe.model-export.v1"
        let name: String
        let digest: Digest
        let folder: String
    }

    func run() throws {
        let url = URL(fileURLWithPath: folder)
        let entry = try options.open(for: .reading).exportModel(model, to: url)
        try options.emit(Result(name: entry.name, digest: entry.digest, folder: url.path)) {
            "\(entry.name) version \(entry.version) -> \(url.path)\n"
        }
    }
}

struct ModelVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Reads every model again and compares digests.",
        discussion: """
            Exit code 5 if one was changed. A version that `lethe case erase` removed is "erased".
            """)

    @OptionGroup var options: GlobalOptions

    private struct Row: Encodable {
        let name: String
        let version: Int
        let digest: Digest
        let isIntact: Bool
        let status: ModelStatus
    }

    func run() throws {
        let rows = try options.open(for: .reading).verifyModels().map {
            Row(
                name: $0.entry.name, version: $0.entry.version, digest: $0.entry.digest,
                isIntact: $0.status == .same, status: $0.status)
        }
        try options.emit(Listing("model-verify", rows)) {
            Terminal.table(
                ["NAME", "VERSION", "DIGEST", "STATUS"],
                rows.map {
                    [$0.name, "\($0.version)", $0.digest.short, $0.status.rawValue]
                })
        }
        if rows.contains(where: { $0.status == .changed }) {
            throw ExitCode(FailureKind.integrity.rawValue)
        }
    }
}
