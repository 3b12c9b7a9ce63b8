import Domain
import Foundation

import struct Crypto.SymmetricKey

/// What a certificate says: the predicate of the signed statement.
///
/// It has no field for personal data. The person appears only as `subject`, commitments that nobody
/// without the person's receipt can compute. Free texts (`notTested`, `limitations`, notes) are the
/// caller's; `issue` searches them for the person's values before it signs.
///
/// The form is published as a JSON Schema, `CertificateSchema.document`; the version in the type's
/// address changes with it. An optional member that is absent stands in `notRecorded` under its path,
/// so that leaving a member out is never taken for its being in order.
package struct DeletionCertificate: Codable, Sendable, Equatable {
    /// Identifies this predicate; an identifier, not the address of a page.
    package static let predicateType = "https://lethe.dev/attestation/deletion/v2"

    package let caseID: CaseID
    package let issuedAt: Timestamp
    package let claim: Claim
    package let regime: Regime
    /// Legal ground as the request named it, or as the desk found it, e.g. `art17-1-b`.
    package let ground: String?
    package let receivedAt: Timestamp
    package let deadline: LegalDeadline
    /// SHA-256 over salt and request file; see `Salt.digest(of:)`.
    package let requestDigest: Digest
    package let salt: Salt
    package let subject: Subject
    package let identity: IdentityAssurance?
    package let scope: Scope
    package let model: Model
    package let method: Method
    package let verification: VerificationReport
    /// By the id of each check: names of the measurements that decide it, none for a control. Without
    /// it a check, or the threshold of a measurement, could be taken out unnoticed.
    package let gates: [String: [String]]
    package let policy: PolicyReference
    /// Six rows, one for each class of attack, in the order of `AttackClass.allCases`.
    package let attackCoverage: [AttackCoverage]
    /// Who accepted the outcome, the issuer among them.
    package let validations: [Validation]
    /// How many different keys must have signed: 2 where the policy asks for four eyes.
    package let requiredSignatureCount: Int
    package let sanitization: Sanitization
    /// What held the records or what was learned of them, and what became of it.
    package let copies: [Copy]
    package let recipients: [Recipient]
    package let exceptions: [Exception]
    /// What else of the person stays.
    package let residuals: [Residual]
    /// What was not tested, a sentence each.
    package let notTested: [String]
    /// What limits the certificate, a sentence each.
    package let limitations: [String]
    /// Paths of the optional members that are absent, sorted.
    package private(set) var notRecorded: [String]
    /// Who answers for the deletion.
    package let operatorName: String
    /// The controller; nil where the policy does not name it.
    package let organisation: String?
    package let tool: Tool
    package let log: Log?
    /// Digest of the signed content of the certificate that this one takes the place of.
    package let supersedes: Digest?
    /// Present only where an exact method's check failed and a person closed the investigation.
    package let investigation: Investigation?

    package var dueAt: Timestamp { deadline.dueAt }
    package var onTime: Bool { deadline.isKept }

    /// - Parameters:
    ///   - claim: nil for the strongest that the facts allow.
    ///   - destination: where the model goes next, as far as known.
    package init(
        caseID: CaseID, issuedAt: Timestamp, claim: Claim? = nil, regime: Regime, ground: String?,
        receivedAt: Timestamp, deadline: LegalDeadline, requestDigest: Digest, salt: Salt,
        subject: Subject, identity: IdentityAssurance? = nil, scope: Scope, model: Model,
        method: Method, verification: VerificationReport, policy: PolicyReference,
        attackCoverage: [AttackCoverage], validations: [Validation],
        requiredSignatureCount: Int = 1, copies: [Copy], recipients: [Recipient] = [],
        exceptions: [Exception] = [], residuals: [Residual] = [], notTested: [String],
        limitations: [String], operatorName: String, organisation: String? = nil,
        destination: String? = nil, tool: Tool, log: Log? = nil, supersedes: Digest? = nil,
        investigation: Investigation? = nil
    ) {
        self.caseID = caseID
        self.issuedAt = issuedAt
        let claim =
            claim
            ?? Claim(
                methodClass: method.methodClass, copies: copies, exceptions: exceptions,
                residuals: residuals) ?? Claim(level: .suppressed, isPartial: true)
        self.claim = claim
        self.regime = regime
        self.ground = ground
        self.receivedAt = receivedAt
        self.deadline = deadline
        self.requestDigest = requestDigest
        self.salt = salt
        self.subject = subject
        self.identity = identity
        self.scope = scope
        self.model = model
        self.method = method
        self.verification = verification
        gates = Self.gates(of: verification)
        self.policy = policy
        self.attackCoverage = attackCoverage
        self.validations = validations
        self.requiredSignatureCount = requiredSignatureCount
        sanitization = Sanitization(
            caseID: caseID, claim: claim, model: model, method: method,
            tool: tool, copies: copies, validations: validations, organisation: organisation,
            destination: destination)
        self.copies = copies
        self.recipients = recipients
        self.exceptions = exceptions
        self.residuals = residuals
        self.notTested = notTested
        self.limitations = limitations
        self.operatorName = operatorName
        self.organisation = organisation
        self.tool = tool
        self.log = log
        self.supersedes = supersedes
        self.investigation = investigation
        notRecorded = []
        notRecorded = absentMembers
    }

    /// Paths of the optional members that are absent, sorted.
    var absentMembers: [String] {
        let members: [(path: String, isAbsent: Bool)] = [
            ("ground", ground == nil), ("identity", identity == nil),
            ("investigation", investigation == nil), ("log", log == nil),
            ("model.releaseContext", model.releaseContext == nil),
            ("organisation", organisation == nil),
            ("sanitization.destination", sanitization.destination == nil),
            ("scope.searchRecall", scope.searchRecall == nil),
            ("supersedes", supersedes == nil), ("tool.buildDigest", tool.buildDigest == nil),
        ]
        return members.filter(\.isAbsent).map(\.path)
    }

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case issuedAt, claim, regime, ground, receivedAt, deadline, requestDigest, salt, subject
        case identity, scope, model, method, verification, gates, policy, attackCoverage
        case validations, requiredSignatureCount, sanitization, copies, recipients, exceptions
        case residuals, notTested, limitations, notRecorded
        case operatorName = "operator"
        case organisation, tool, log, supersedes, investigation
    }

    /// By the id of each check: the names of its measurements that have a threshold; none for
    /// controls, whose outcome is the other way round.
    static func gates(of report: VerificationReport) -> [String: [String]] {
        Dictionary(
            report.checks.map { check in
                let gated = check.measurements.filter { $0.threshold != nil }.map(\.name)
                return (check.id, check.family == "control" ? [] : gated)
            }, uniquingKeysWith: { first, _ in first })
    }
}

extension DeletionCertificate {
    /// 32 random bytes that keep digests in a certificate from being recognised elsewhere: without
    /// the certificate nobody can test a guess at the request against a published digest.
    package struct Salt: Codable, Sendable, Equatable {
        /// 64 lower-case hexadecimal digits.
        package let hexadecimal: String

        package init() {
            hexadecimal = SymmetricKey(size: .bits256).withUnsafeBytes { hexadecimalText($0) }
        }

        package init?(hexadecimal: String) {
            guard let digits = Digest(hexadecimal: hexadecimal) else { return nil }
            self.hexadecimal = digits.hexadecimal
        }

        package init(from decoder: any Decoder) throws {
            hexadecimal = try Digest(from: decoder).hexadecimal
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(hexadecimal)
        }

        /// SHA-256 of the salt's 64 digits followed by the request file's bytes, so that
        /// `{ printf %s SALT; cat request.json; } | sha256sum` repeats it.
        package func digest(of request: Data) -> Digest {
            Digest(of: Data(hexadecimal.utf8) + request)
        }
    }

    /// Why a certificate stands although a check did not pass: allowed for exact methods only,
    /// where lineage proves the deletion and a person has looked into the check.
    package struct Investigation: Codable, Sendable, Equatable {
        package let closedBy: String
        package let closedAt: Timestamp
        package let reason: String
        /// Ids of all checks that did not pass.
        package let failedChecks: [String]

        package init(closedBy: String, closedAt: Timestamp, reason: String, failedChecks: [String])
        {
            self.closedBy = closedBy
            self.closedAt = closedAt
            self.reason = reason
            self.failedChecks = failedChecks
        }
    }
}
