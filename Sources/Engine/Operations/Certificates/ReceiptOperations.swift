import Casework
import Certificates
import Domain
import Foundation

extension Workspace {
    /// The key of a case's receipt; it goes when the case's key is destroyed.
    /// - Throws: `case-not-found`, `vault-shredded`, `vault-unreadable`.
    func receiptKey(of id: CaseID) throws -> Data {
        try cases.derivedKey(of: id, for: "lethe.receipt.v1")
    }

    /// The person's receipt for a certified case. It holds the person's data and goes to nobody else.
    /// - Throws: `no-certificate`, `vault-shredded`, and kind `integrity` if the certificate was changed.
    package func receipt(of id: CaseID) throws -> Receipt {
        let verified = try certificate(of: id)
        let receipt = Receipt(
            caseID: id, payloadDigest: verified.payloadDigest, key: try receiptKey(of: id),
            identifiers: try cases.request(of: id).identifiers)
        try receipt.check(against: verified)
        return receipt
    }

    /// Writes the receipt into a file that nobody else on the machine can read (0600).
    /// - Throws: as `receipt(of:)`; `file-not-written`.
    package func writeReceipt(of id: CaseID, to file: URL) throws {
        try DurableFile.write(try receipt(of: id).encoded(), to: file, permissions: 0o600)
    }
}
