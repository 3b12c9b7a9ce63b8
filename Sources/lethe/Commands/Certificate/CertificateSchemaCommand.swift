import ArgumentParser
import Certificates
import Foundation

struct CertificateSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema of what a certificate signs.",
        discussion: """
            Example:
              lethe certificate schema > deletion-v2.schema.json
              check-jsonschema --schemafile deletion-v2.schema.json statement.json
            """)

    func run() throws { FileHandle.standardOutput.write(CertificateSchema.document) }
}
