import Domain
import Foundation

/// A language that pages are written in: one catalogue of messages. Another language is another file in
/// `Messages` and another line in `all`.
package struct CertificateLanguage: Sendable {
    let catalogue: MessageCatalogue

    package static let english = CertificateLanguage(PackageResources.en_json)
    package static let german = CertificateLanguage(PackageResources.de_json)

    /// In the order they are offered.
    package static let all: [CertificateLanguage] = [english, german]

    /// IETF language tag, e.g. `de`.
    package var tag: String { catalogue.text("language.tag") }
    /// In the language itself, e.g. `Deutsch`.
    package var name: String { catalogue.text("language.name") }

    /// The language with a tag; `de-AT` finds `de`.
    /// - Throws: `unknown-name`.
    package static func named(_ tag: String) throws -> CertificateLanguage {
        let tag = tag.lowercased().replacingOccurrences(of: "_", with: "-")
        if let exact = all.first(where: { $0.tag == tag }) { return exact }
        let main = tag.split(separator: "-").first.map(String.init) ?? tag
        return try lookUp(
            all.contains { $0.tag == main } ? main : tag, in: all, kind: "language of pages",
            by: \.tag)
    }

    private init(_ file: [UInt8]) {
        // A file that cannot be read is a mistake in the build, which a test finds; then every message
        // shows its key.
        catalogue = (try? MessageCatalogue(parsing: Data(file))) ?? .empty
    }
}
