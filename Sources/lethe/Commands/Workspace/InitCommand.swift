import ArgumentParser
import Domain
import Engine
import Foundation

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes a workspace: databases, keys and policy.",
        discussion: """
            Examples:
              lethe init
              lethe init --policy Policies/strict.yaml --workspace /srv/lethe
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Policy file (YAML): ladder of methods and thresholds of the gate.", valueName: "file"))
    var policy: String?

    private struct Result: Encodable {
        let schema = "lethe.init.v1"
        let workspace: String
        let policy: String
        let policyDigest: Digest
        let publicKey: String
    }

    func run() throws {
        let (text, name) = try policyText()
        let workspace = try Workspace.create(
            at: options.folder, policyText: text, policyName: name, methods: ladderMethodIDs,
            actor: options.actorName)
        let result = Result(
            workspace: workspace.folder.path, policy: workspace.policy.name,
            policyDigest: workspace.policyDigest, publicKey: workspace.publicKeyFile.path)
        try options.emit(result) {
            """
            Workspace \(result.workspace)
            Policy    \(result.policy) (\(result.policyDigest.short))
            Your public key, to hand to those who check certificates:
              \(result.publicKey)

            """
        }
    }

    private func policyText() throws -> (text: String, name: String) {
        guard let policy else { return (defaultPolicyText, "the default policy") }
        let url = URL(fileURLWithPath: policy)
        return (String(decoding: try DurableFile.read(url), as: UTF8.self), url.lastPathComponent)
    }
}
