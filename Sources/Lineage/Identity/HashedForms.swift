import Crypto
import Domain
import Foundation

/// Identifiers of which a request gives only a hash.
///
/// Postings are made of the SHA-256 of a form, so a SHA-256 can be looked up as it is. SHA-1 and MD5 -
/// and a SHA-256 of a spelling that is not posted - can only be compared with the hashes of what the
/// records hold: of every form that a record is posted under, and of the spellings in the record
/// itself, those of declared values and of e-mail addresses in the text. What is then looked up is the
/// SHA-256 of the posted form, so whatever the hash, the same postings answer.
struct HashedForms {
    struct Hash: Hashable {
        let format: IdentifierFormat
        let bytes: [UInt8]

        init(_ format: IdentifierFormat, of form: [UInt8]) {
            self.format = format
            bytes =
                switch format {
                case .md5: Array(Insecure.MD5.hash(data: form))
                case .sha1: Array(Insecure.SHA1.hash(data: form))
                case .sha256, .raw: Array(SHA256.hash(data: form))
                }
        }

        /// - Throws: `malformed-identifier` if the identifier's value is not written as its format.
        init(_ identifier: PersonalIdentifier) throws {
            let (name, count) =
                switch identifier.format {
                case .md5: ("an MD5", 32)
                case .sha1: ("a SHA-1", 40)
                case .sha256, .raw: ("a SHA-256", 64)
                }
            let digits = Array(identifier.value.revealed.utf8)
            let isHexadecimal = digits.allSatisfy {
                IdentifierDetector.isDigit($0) || (97...102).contains($0)
            }
            guard digits.count == count, isHexadecimal else {
                throw LineageError(
                    .malformedIdentifier,
                    "An identifier of type \(identifier.kind.rawValue) is not \(name) digest.",
                    details: ["type": identifier.kind.rawValue],
                    remedy: "Write \(count) lower-case hexadecimal digits.")
            }
            format = identifier.format
            let values = digits.map { $0 < 58 ? $0 - 48 : $0 - 87 }
            bytes = stride(from: 0, to: count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
        }
    }

    /// By the groups in which the identifiers can be posted.
    private(set) var wanted: [PostingGroup: [Hash: [PersonalIdentifier]]] = [:]
    private(set) var formats: [PostingGroup: [IdentifierFormat]] = [:]
    let identifierCount: Int

    /// - Parameter identifiers: raw ones are passed over.
    /// - Throws: `malformed-identifier`.
    init(_ identifiers: [PersonalIdentifier]) throws {
        let hashed = Set(identifiers.filter { $0.format != .raw })
        identifierCount = hashed.count
        for identifier in hashed {
            let hash = try Hash(identifier)
            for group in IdentityClosure.groups(identifier.kind) {
                wanted[group, default: [:]][hash, default: []].append(identifier)
                if formats[group]?.contains(hash.format) != true {
                    formats[group, default: []].append(hash.format)
                }
            }
        }
    }
}

/// Compares records with hashes. Not for use by several threads at a time.
final class HashedFormReader {
    private let forms: HashedForms
    /// What the hashes were found to be of: SHA-256 of posted forms, lower-case hexadecimal.
    private(set) var found: [PersonalIdentifier: Set<String>] = [:]
    private var scanner = TextKeyScanner()
    private let lease = FoldingLease()
    private var buffer: FoldingBuffer { lease.buffer }

    init(_ forms: HashedForms) { self.forms = forms }

    /// Compares everything that a record can be found by.
    func compare(_ record: CorpusRecord) {
        compare(text: Array(record.text.utf8))
        for (kind, value) in record.values { compare(kind, canonical: value) }
        for subject in record.subjects { compare(subject: subject) }
        compare(id: record.id)
    }

    func compare(id: String) {
        for form in IdentifierForms.forms(.recordID, id) { compare(Array(form.utf8), .recordID) }
    }

    func compare(subject: String) {
        for form in IdentifierForms.forms(.customerID, subject) {
            compare(Array(form.utf8), .subject)
        }
        compare(text: Array(subject.utf8))
    }

    /// - Parameter spelling: of the value in the record, if it is known.
    func compare(_ kind: IdentifierKind, canonical: String, spelling: [UInt8]? = nil) {
        let group = PostingGroup(kind)
        guard forms.formats[group] != nil else { return }
        let posted = IdentifierForms.forms(kind, canonical).map { Array($0.utf8) }
        for form in posted { compare(form, group) }
        if let form = posted.first, let spelling { compare(spelling, group, postedAs: form) }
    }

    /// - Parameter text: UTF-8, not folded.
    func compare(text: [UInt8]) {
        buffer.removeAll()
        text.withUnsafeBufferPointer { buffer.append($0) }
        buffer.finish()
        var hasEmail = false
        scanner.scan(buffer.bytes) { group, form in
            if group == .email { hasEmail = true }
            compare(Array(form), group)
        }
        guard hasEmail, forms.formats[.email] != nil else { return }
        // As they are written, capitals kept.
        let lower = text.map { (65...90).contains($0) ? $0 | 32 : $0 }
        var folder = TextFolder()
        IdentifierDetector.emails(in: lower) { email in
            let spelling = Array(text[email.indices])
            guard !spelling.elementsEqual(email) else { return }
            let form = folder.folded(String(decoding: spelling, as: UTF8.self))
            compare(spelling, .email, postedAs: form)
        }
    }

    /// - Parameter posted: what is posted for the spelling; nil: the spelling itself.
    private func compare(
        _ spelling: [UInt8], _ group: PostingGroup, postedAs posted: [UInt8]? = nil
    ) {
        guard let formats = forms.formats[group], let wanted = forms.wanted[group] else { return }
        for format in formats {
            for identifier in wanted[HashedForms.Hash(format, of: spelling)] ?? [] {
                found[identifier, default: []]
                    .insert(hexadecimalText(SHA256.hash(data: posted ?? spelling)))
            }
        }
    }
}
