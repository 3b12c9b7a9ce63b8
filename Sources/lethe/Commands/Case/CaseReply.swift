import ArgumentParser
import Domain
import Engine
import Foundation
import Intake

struct CaseReply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reply",
        abstract: "Writes the answer to the sender, in the format the request came in.",
        discussion: """
            Tells the present state: OpenDSR receipt, status and callback; the status object of the
            Data Rights Protocol; the acknowledgement of IAB DDRF; the response of PRIV; the
            confirmation of Meta; our own status documents. An error inside is never told as an end.
            Lethe sends nothing: hand the documents to whoever talks to the sender. The history keeps
            their digests.

            Examples:
              lethe case reply C-2026-0007
              lethe case reply C-2026-0007 --output outbox --domain desk.example \\
                --sign-key desk.pem --key-id desk-1
              lethe case reply C-2026-0007 --results-url https://desk.example/certificates/7 --json
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Option(
        help: ArgumentHelp("Write the documents into this folder.", valueName: "dir"),
        completion: .directory)
    var output: String?
    @Option(help: "Words to the person; default: those of the decision.") var reason: String?
    @Option(help: "Our domain.") var domain: String?
    @Option(help: "Who the sender is in our system (OpenDSR).") var controllerID: String?
    @Option(help: "Where the person can prove who they are.") var verificationURL: String?
    @Option(help: "Where the certificate can be fetched.") var resultsURL: String?
    @Option(help: "Where the person can look the status up.") var statusURL: String?
    @Option(
        help: ArgumentHelp("Private key (PKCS #8 PEM) to sign with.", valueName: "file"),
        completion: .file())
    var signKey: String?
    @Option(help: "Its published id.") var keyID: String?

    private struct Document: Encodable {
        struct Header: Encodable {
            let name: String
            let value: String
        }
        let name: String
        let mediaType: String
        let httpStatus: Int?
        let headers: [Header]
        let destination: String?
        let body: String

        init(_ document: ReplyDocument) {
            name = document.name
            mediaType = document.mediaType
            httpStatus = document.httpStatus
            headers = document.headers.map { Header(name: $0.name, value: $0.value.revealed) }
            destination = document.destination?.revealed
            body = String(decoding: document.body, as: UTF8.self)
        }
    }

    func validate() throws {
        guard (signKey == nil) == (keyID == nil) else {
            throw ValidationError("--sign-key and --key-id go together.")
        }
    }

    func run() throws {
        var asked = ReplyRequest()
        asked.reason = reason
        asked.domain = domain
        asked.controllerID = controllerID
        asked.verificationURL = verificationURL
        asked.resultsURL = resultsURL
        asked.statusURL = statusURL
        if let signKey, let keyID {
            let pem = try DurableFile.read(URL(fileURLWithPath: signKey))
            asked.signer = try ReplySigner(
                keyID: keyID, pem: String(decoding: pem, as: UTF8.self))
        }
        let documents = try options.open(for: .changing).reply(
            to: try Workspace.caseID(id), asked, actor: options.actorName)
        if let output {
            let folder = URL(fileURLWithPath: output)
            try DurableFile.makeFolder(folder, permissions: 0o700)
            for document in documents {
                try DurableFile.write(
                    document.body, to: folder.appendingPathComponent(document.name),
                    permissions: 0o600)
            }
        }
        try options.emit(Listing("case-reply", documents.map(Document.init))) {
            documents.map { document in
                var text = "\(document.name) (\(document.mediaType)"
                text += (document.httpStatus.map { ", HTTP \($0)" } ?? "") + ")\n"
                if let destination = document.destination {
                    text += "to: \(destination.revealed)\n"
                }
                for header in document.headers {
                    text += "\(header.name): \(header.value.revealed)\n"
                }
                return text
                    + (output == nil ? "\n" + String(decoding: document.body, as: UTF8.self) : "")
            }.joined(separator: "\n")
        }
    }
}
