import Crypto
import Domain
import Foundation

/// Where an identifier was met in a record. The raw values are on disk.
enum PostingSource: Int, Sendable {
    /// A typed value that the owner declared.
    case declared = 0
    /// Detected in the text.
    case text = 1
    /// The owner's subject id or record id.
    case attribution = 2
}

/// The name spaces of postings. The raw values go into the keyed digest.
package enum PostingGroup: String, Sendable, CaseIterable {
    case email, phone, name, address, username, text, subject, thread, document
    case nationalID = "national-id"
    case customerID = "customer-id"
    case dateOfBirth = "date-of-birth"
    case recordID = "record-id"
    /// The id of the record that a record is a version of.
    case version = "version-of"
    /// Runs of digits in text, whatever they number.
    case digits
    /// A record that was erased: corpus and id.
    case erasedRecord = "erased-record"
    /// The line of an erased record: digest of its bytes.
    case erasedLine = "erased-line"
    /// The folded text of an erased record.
    case erasedText = "erased-text"
    /// A full name together with a date of birth.
    case nameAndBirth = "name-and-date-of-birth"
    /// Addresses spelled to hide them from machines, as `Deobfuscation` reads them.
    case obfuscatedEmail = "obfuscated-email"
    /// Subject ids as they are given; names rows, not postings.
    case subjectRow = "subject-row"

    /// Place in `allCases`.
    var index: Int {
        switch self {
        case .email: 0
        case .phone: 1
        case .name: 2
        case .address: 3
        case .username: 4
        case .text: 5
        case .subject: 6
        case .nationalID: 7
        case .customerID: 8
        case .dateOfBirth: 9
        case .recordID: 10
        case .digits: 11
        case .subjectRow: 12
        case .thread: 13
        case .document: 14
        case .version: 15
        case .obfuscatedEmail: 16
        case .erasedRecord: 17
        case .erasedLine: 18
        case .erasedText: 19
        case .nameAndBirth: 20
        }
    }

    init(_ kind: IdentifierKind) {
        switch kind {
        case .email: self = .email
        case .phone: self = .phone
        case .name: self = .name
        case .address: self = .address
        case .username: self = .username
        case .text: self = .text
        case .nationalID: self = .nationalID
        case .customerID: self = .customerID
        case .dateOfBirth: self = .dateOfBirth
        case .recordID: self = .recordID
        }
    }
}

/// The workspace's secret under which identifiers are posted.
///
/// It stands in a file beside the database (mode 0600), not in a table: whoever gets hold of the
/// database alone - a backup, a copy sent with a report - cannot find a nine-digit number by
/// trying all of them.
struct IndexKey: Sendable {
    private let key: SymmetricKey
    /// Have read the key's two pads (RFC 2104): of a short message, reading them is half of an HMAC.
    private let inner: SHA256
    private let outer: SHA256

    init(_ bytes: Data) {
        key = SymmetricKey(data: bytes)
        let short = bytes.count > 64 ? Data(SHA256.hash(data: bytes)) : bytes
        let padded = Array(short) + [UInt8](repeating: 0, count: 64 - short.count)
        var (inner, outer) = (SHA256(), SHA256())
        inner.update(data: padded.map { $0 ^ 0x36 })
        outer.update(data: padded.map { $0 ^ 0x5C })
        self.inner = inner
        self.outer = outer
    }

    static func random() -> Data {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    }

    /// What the list of erased people holds, 16 bytes: HMAC-SHA256(key, group : SHA-256 of the form in
    /// hexadecimal). The inner hash lets a request that gives only a hash find the same entry.
    func posting(_ group: PostingGroup, form: some ContiguousBytes) -> Data {
        var hasher = SHA256()
        form.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        let digits = Self.digits
        return hasher.finalize().withUnsafeBytes { hash in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { text in
                for (index, byte) in hash.enumerated() {
                    text[2 * index] = digits[Int(byte >> 4)]
                    text[2 * index + 1] = digits[Int(byte & 15)]
                }
                return posting(group, UnsafeRawBufferPointer(text))
            }
        }
    }

    func posting(_ group: PostingGroup, form: String) -> Data {
        posting(group, form: Array(form.utf8))
    }

    func posting(_ group: PostingGroup, hash: String) -> Data {
        Array(hash.utf8).withUnsafeBytes { posting(group, $0) }
    }

    /// - Parameter hash: hexadecimal.
    private func posting(_ group: PostingGroup, _ hash: UnsafeRawBufferPointer) -> Data {
        var (inner, outer) = (inner, outer)
        Self.prefixes[group.index].withUnsafeBytes { inner.update(bufferPointer: $0) }
        inner.update(bufferPointer: hash)
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { Data($0.prefix(16)) }
    }

    private static let digits = Array("0123456789abcdef".utf8)
    /// What stands before the hash, by the groups' indices.
    private static let prefixes = PostingGroup.allCases.sorted { $0.index < $1.index }
        .map { Array(($0.rawValue + ":").utf8) }

    /// A secret for one purpose: the first 16 bytes of HMAC-SHA256(key, purpose).
    func derived(_ purpose: String) -> SipKey {
        let code = Array(
            HMAC<SHA256>.authenticationCode(for: Array(purpose.utf8), using: key))
        return code.withUnsafeBytes { SipKey(low: $0.word(0), high: $0.word(1)) }
    }

    /// Stored in the database to tell the right key from a wrong one.
    var check: Data {
        Data(HMAC<SHA256>.authenticationCode(for: Array("lethe index key".utf8), using: key))
    }
}
