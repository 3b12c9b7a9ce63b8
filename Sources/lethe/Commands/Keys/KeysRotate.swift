import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct KeysRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Makes a new signing key in the old one's place.",
        discussion: """
            Both keys sign the statement of it, which goes into the history and the log. Certificates of the
            old key stay valid; until the overlap ends it may still sign elsewhere. The new key gets the
            old one's passphrase. The old private key is laid aside in keys/retired, or destroyed with
            --shred-old. Stopped at any point, the same command brings the rotation to its end.

            Examples:
              lethe keys rotate
              lethe keys rotate --overlap-days 7 --shred-old
            """)
    @OptionGroup var options: GlobalOptions
    @Option(
        help: ArgumentHelp(
            "Days for which the old key may still sign, 0 to 3650.", valueName: "days"))
    var overlapDays = 30
    @Flag(help: "Destroy the old private key.") var shredOld = false

    func validate() throws {
        guard (0...3650).contains(overlapDays) else {
            throw ValidationError("An overlap has 0 to 3650 days.")
        }
    }

    func run() throws {
        let rotation = try options.open(for: .changing).rotateSigningKey(
            overlapDays: overlapDays, shreddingOld: shredOld, actor: options.actorName)
        try options.emit(rotation) {
            (rotation.wasResumed ? "The rotation that was stopped is finished.\n" : "")
                + "new key  \(rotation.newKey.keyID)\n"
                + "old key  \(rotation.oldKey.keyID), valid until "
                + "\(rotation.oldKey.notAfter?.description ?? "-")\n"
                + "Hand out the history of keys again: lethe keys export FILE\n"
        }
    }
}

struct KeysRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Takes a key out of use for good.",
        discussion: """
            compromised: somebody else may have had it; nothing it signed is trusted, whatever its date,
            unless witnesses of the log saw it before. superseded, ceased: what it signed before stays
            trusted. The present signing key has to be rotated first.

            Examples:
              lethe keys revoke 4f1c2a --reason ceased
              lethe keys revoke 4f1c2a --reason compromised --since 2026-03-01T00:00:00Z
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("Beginning of the key's id.", valueName: "key-id"))
    var keyID: String
    @Option(help: "compromised, superseded or ceased.") var reason: KeyHistory.RevocationReason
    @Option(
        help: ArgumentHelp(
            "From when on nothing it signed is trusted; default: now.", valueName: "time"))
    var since: String?

    func run() throws {
        let change = try options.open(for: .changing).revokeKey(
            keyID, reason: reason, since: moment(since, "--since"), actor: options.actorName)
        try options.emit(change) {
            "The key \(change.key.keyID.short) (\(change.key.role)) "
                + (change.changed ? "is" : "was") + " revoked: \(reason.rawValue).\n"
        }
    }
}

extension KeyHistory.RevocationReason: ExpressibleByArgument {}
