import Domain
import Foundation
import TestSupport
import Testing

/// A workspace with one certified case, made once in a test run and copied by the tests.
enum CertifiedWorld {
    struct Template {
        let workspace: URL
        let id: String
    }

    static func template() throws -> Template { try made.get() }

    /// A copy of it with the case's id.
    static func scene() throws -> (scene: Scene, id: String) {
        let template = try template()
        return (try Scene(copying: template.workspace), template.id)
    }

    private static let folder: URL = {
        let process = ProcessInfo.processInfo.processIdentifier
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("lethe-certified-\(process)")
        atexit { try? FileManager.default.removeItem(at: CertifiedWorld.folder) }
        return url
    }()

    private static let made = Result<Template, any Error> {
        let scene = try Scene(copying: SharedWorld.templates().trained)
        let id = try scene.takeIn(SharedWorld.reference().request)
        let run = try scene.lethe("run", "--method", "retrain")
        guard run.status == 0 else {
            throw SetupFailure(description: "\(run.commandLine): \(run.errors)")
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let workspace = folder.appendingPathComponent("workspace")
        try FileManager.default.copyItem(at: scene.workspace, to: workspace)
        return Template(workspace: workspace, id: id)
    }
}

/// What several tests of keys and log ask.
extension Scene {
    func keyFile(_ name: String) -> URL {
        workspace.appendingPathComponent("keys").appendingPathComponent(name)
    }

    func keys() throws -> [JSONValue] {
        try json("keys", "list", schema: "keys-list")["items"]?.items ?? []
    }

    func logSize() throws -> Int {
        try #require(try json("log", "show", schema: "log")["size"]?.integer)
    }

    /// Writes a file into the test's folder.
    func write(_ text: String, _ name: String) throws -> String {
        let file = root.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// SHA-256 of the SubjectPublicKeyInfo of a private key, by OpenSSL: the key's id.
    func keyID(ofPrivateKey file: URL, options: String = "") throws -> String? {
        let outcome = try shell(
            "openssl pkey -in '\(file.path)' \(options) -pubout -outform DER "
                + "| openssl dgst -sha256 -r")
        return outcome.output.split(separator: " ").first.map(String.init)
    }
}
