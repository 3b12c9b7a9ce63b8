import Domain

extension PersonalIdentifier {
    /// What two requests are compared by, for a strong identifier; empty for a weak one, which other
    /// people may share. Two identifiers name the same thing if they have a form in common, whether
    /// they are given raw or as hashes of different kinds. To be kept only as keyed digests: hashes of
    /// short values can be guessed.
    package var comparableForms: [String] {
        guard kind.isStrong else { return [] }
        func form(_ format: IdentifierFormat, _ digits: String) -> String {
            "\(kind.rawValue)/\(format.rawValue)/\(digits)"
        }
        guard format == .raw else { return [form(format, value.revealed)] }
        return IdentifierForms.exactForms(kind, value.revealed).filter { !$0.isEmpty }.flatMap {
            exact in
            [IdentifierFormat.sha256, .sha1, .md5].map {
                form($0, hexadecimalText(HashedForms.Hash($0, of: Array(exact.utf8)).bytes))
            }
        }
    }
}
