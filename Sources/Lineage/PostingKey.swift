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
package enum PostingGroup: String, Sendable {
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

    init(_ bytes: Data) { key = SymmetricKey(data: bytes) }

    static func random() -> Data {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    }

    /// The first 16 bytes of HMAC-SHA256(key, group : SHA-256 of the form in hexadecimal). The
    /// inner hash lets a request that gives only a hash find the same posting.
    func posting(_ group: PostingGroup, form: some DataProtocol) -> Data {
        posting(group, hash: hexadecimalText(SHA256.hash(data: form)))
    }

    func posting(_ group: PostingGroup, form: String) -> Data {
        posting(group, form: Array(form.utf8))
    }

    func posting(_ group: PostingGroup, hash: String) -> Data {
        var message = Array(group.rawValue.utf8)
        message.append(UInt8(ascii: ":"))
        message.append(contentsOf: hash.utf8)
        return Data(HMAC<SHA256>.authenticationCode(for: message, using: key).prefix(16))
    }

    /// Stored in the database to tell the right key from a wrong one.
    var check: Data {
        Data(HMAC<SHA256>.authenticationCode(for: Array("lethe index key".utf8), using: key))
    }
}
