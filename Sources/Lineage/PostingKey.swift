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
enum PostingGroup: String, Sendable, CaseIterable {
    case email, phone, name, address, username, text, subject
    case nationalID = "national-id"
    case customerID = "customer-id"
    case dateOfBirth = "date-of-birth"
    case recordID = "record-id"
    /// Runs of digits in text, whatever they number.
    case digits
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

    init(_ bytes: Data) { key = SymmetricKey(data: bytes) }

    static func random() -> Data {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    }

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
