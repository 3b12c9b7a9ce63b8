import Domain
import Foundation

/// All keys an organisation has signed with, and how one followed another.
///
/// It is a chain of signed statements, each naming the digest of the one before; what is trusted
/// now and was trusted then follows from them. So whoever holds an old copy can tell whether a
/// newer one goes on from it. It is a file that can be handed out: a verifier needs nothing else.
///
/// The first statement is signed by the key it introduces, and by nobody who would vouch for it:
/// whose history it is, has to be learnt from the organisation. A stolen issuer's key can write a
/// continuation of its own; that two were written is seen where the statements are in a log.
package struct KeyHistory: Sendable, Equatable {
    /// What a key may sign. A key has one role for all its life.
    package enum Role: String, Sendable, CaseIterable {
        /// Certificates and revocations, and the statements of this history.
        case issuer
        /// The second signature where a policy asks for four eyes.
        case approver
        /// Checkpoints of the transparency log.
        case log
    }

    package enum RevocationReason: String, Sendable, CaseIterable {
        /// Somebody else may have had the key: what it signed is doubtful whatever its date.
        case compromised
        /// Another key took its place sooner than planned.
        case superseded
        /// It is not used any more.
        case ceased
    }

    package struct Revocation: Sendable, Equatable {
        /// From when on nothing signed with the key is trusted.
        package let at: Timestamp
        package let reason: RevocationReason

        package init(at: Timestamp, reason: RevocationReason) {
            self.at = at
            self.reason = reason
        }
    }

    /// One key and the time it may sign in.
    package struct Entry: Sendable, Equatable {
        package let key: PublicKey
        package let role: Role
        package let notBefore: Timestamp
        /// Last moment; set when the key is rotated: then plus the overlap.
        package internal(set) var notAfter: Timestamp?
        package internal(set) var revocation: Revocation?
        /// The key it took the place of.
        package let replaces: Digest?

        package var keyID: Digest { key.keyID }

        /// Whether it may sign at this time, by what is known now.
        package func isTrusted(at time: Timestamp) -> Bool {
            guard notBefore <= time, notAfter.map({ time <= $0 }) ?? true else { return false }
            guard let revocation else { return true }
            return revocation.reason != .compromised && time < revocation.at
        }
    }

    /// Every key, in the order they were introduced.
    package internal(set) var entries: [Entry] = []
    /// The statements that say so, oldest first.
    package internal(set) var statements: [Envelope] = []
    var lastTime: Timestamp?

    init() {}

    /// Begins a history with an issuer's key.
    /// - Throws: what signing throws.
    package init(issuer: SigningKey, at time: Timestamp) throws {
        try append(
            KeyStatement(
                at: time, previous: nil, change: .introduced(issuer.publicKey, .issuer)),
            keys: [issuer])
    }

    /// The digest of each statement, oldest first: what a transparency log records of it.
    package var statementDigests: [Digest] { statements.map { Digest(of: $0.payload) } }

    package func entry(_ keyID: Digest) -> Entry? { entries.first { $0.keyID == keyID } }

    /// Every key that ever had this role; `judge` tells for when.
    package func keys(role: Role) -> [PublicKey] {
        entries.filter { $0.role == role }.map(\.key)
    }

    /// The keys that may sign at this time, by what is known now; without compromised ones.
    package func trusted(role: Role, at time: Timestamp) -> [PublicKey] {
        entries.filter { $0.role == role && $0.isTrusted(at: time) }.map(\.key)
    }

    /// Whether this history is `older` or goes on from it.
    package func isContinuation(of older: KeyHistory) -> Bool {
        statementDigests.starts(with: older.statementDigests)
    }

    /// - Throws: `diverged-key-history`, saying whether this one is older, of somebody else, or
    ///   leaves the common way at some statement.
    package func checkContinuation(of older: KeyHistory) throws {
        guard !isContinuation(of: older) else { return }
        let (own, known) = (statementDigests, older.statementDigests)
        let common = zip(own, known).prefix { $0 == $1 }.count
        let message =
            switch common {
            case own.count:
                "The key history is older than the one you hold: it has \(own.count) statements "
                    + "instead of \(known.count)."
            case 0: "The key history begins with another key than the one you hold."
            default:
                "The key history tells another story than the one you hold from statement "
                    + "\(common + 1) on."
            }
        throw CertificateError(
            .divergedKeyHistory, message,
            details: [
                "commonStatements": "\(common)", "statements": "\(own.count)",
                "knownStatements": "\(known.count)",
            ],
            remedy: common == own.count
                ? "Keep the one you hold."
                : "Ask the issuer, on another way than the one it came; a key may be stolen.")
    }
}
