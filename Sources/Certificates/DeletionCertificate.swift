import Domain
import Foundation

import struct Crypto.SymmetricKey

/// What a certificate says: the predicate of the signed statement.
///
/// It has no field for personal data. The person appears only as `subjectPseudonym`, which nobody
/// without the case's key can compute. Free texts (`notTested`, `limitations`, notes) are the
/// caller's; `issue` searches them for the person's values before it signs.
package struct DeletionCertificate: Codable, Sendable, Equatable {
    /// Identifies this predicate; an identifier, not the address of a page.
    package static let predicateType = "https://lethe.dev/attestation/deletion/v1"

    package let caseID: CaseID
    package let issuedAt: Timestamp
    package let regime: Regime
    /// Legal ground as the request named it, e.g. `art17-1-b`.
    package let ground: String?
    package let receivedAt: Timestamp
    /// The last moment the regime allows.
    package let dueAt: Timestamp
    /// `issuedAt` is not after `dueAt`.
    package let onTime: Bool
    /// SHA-256 over salt and request file; see `Salt.digest(of:)`.
    package let requestDigest: Digest
    package let salt: Salt
    /// HMAC under the case's key, computed by the caller.
    package let subjectPseudonym: Digest
    package let scope: Scope
    package let model: Model
    package let method: Method
    package let verification: VerificationReport
    package let policy: PolicyReference
    /// Six rows, one for each class of attack, in the order of `AttackClass.allCases`.
    package let attackCoverage: [AttackCoverage]
    /// What was not tested, a sentence each.
    package let notTested: [String]
    /// Copies that still exist and what happens to them.
    package let residuals: [Residual]
    /// What limits the certificate, a sentence each.
    package let limitations: [String]
    /// Who answers for the deletion.
    package let operatorName: String
    package let tool: Tool
    /// Present only where an exact method's check failed and a person closed the investigation.
    package let investigation: Investigation?

    package init(
        caseID: CaseID, issuedAt: Timestamp, regime: Regime, ground: String?,
        receivedAt: Timestamp, dueAt: Timestamp, requestDigest: Digest, salt: Salt,
        subjectPseudonym: Digest, scope: Scope, model: Model, method: Method,
        verification: VerificationReport, policy: PolicyReference,
        attackCoverage: [AttackCoverage], notTested: [String], residuals: [Residual],
        limitations: [String], operatorName: String, tool: Tool,
        investigation: Investigation? = nil
    ) {
        self.caseID = caseID
        self.issuedAt = issuedAt
        self.regime = regime
        self.ground = ground
        self.receivedAt = receivedAt
        self.dueAt = dueAt
        onTime = issuedAt <= dueAt
        self.requestDigest = requestDigest
        self.salt = salt
        self.subjectPseudonym = subjectPseudonym
        self.scope = scope
        self.model = model
        self.method = method
        self.verification = verification
        self.policy = policy
        self.attackCoverage = attackCoverage
        self.notTested = notTested
        self.residuals = residuals
        self.limitations = limitations
        self.operatorName = operatorName
        self.tool = tool
        self.investigation = investigation
    }

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case issuedAt, regime, ground, receivedAt, dueAt, onTime, requestDigest, salt
        case subjectPseudonym, scope, model, method, verification, policy, attackCoverage
        case notTested, residuals, limitations
        case operatorName = "operator"
        case tool, investigation
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

    /// Which records were removed.
    package struct Scope: Codable, Sendable, Equatable {
        package let corpora: [String]
        package let recordCount: Int
        /// Digests of the shards the records stand in.
        package let shardDigests: [Digest]
        /// Digest of the index the records were found with.
        package let indexDigest: Digest
        /// Combined digest of the records.
        package let recordSetDigest: Digest
        /// How much the search finds, as last measured; nil if it never was.
        package let searchRecall: SearchRecall?

        package init(
            corpora: [String], recordCount: Int, shardDigests: [Digest], indexDigest: Digest,
            recordSetDigest: Digest, searchRecall: SearchRecall? = nil
        ) {
            self.corpora = corpora
            self.recordCount = recordCount
            self.shardDigests = shardDigests
            self.indexDigest = indexDigest
            self.recordSetDigest = recordSetDigest
            self.searchRecall = searchRecall
        }
    }

    /// How much of what was planted of invented people the search found. It speaks of persons and
    /// texts like the planted ones, not of the person of the certificate.
    package struct SearchRecall: Codable, Sendable, Equatable {
        package let measuredAt: Timestamp
        /// Version of Lethe whose rules were measured.
        package let version: String
        package let planted: Int
        package let found: Int
        /// Of the found ones, those that were taken without asking the operator.
        package let foundWithoutAsking: Int
        /// With 95 % confidence, the recall is not below this (one-sided, Clopper-Pearson).
        package let lowerBound: Double
        /// Records of other people of the same name, and how many of them were taken without asking.
        package let namesakeRecords: Int
        package let namesakeRecordsTaken: Int
        /// Measured amid exactly the corpora that the records were found in.
        package let isOfThisIndex: Bool
        /// What the search does not look for, a sentence each.
        package let notSearched: [String]

        package init(
            measuredAt: Timestamp, version: String, planted: Int, found: Int,
            foundWithoutAsking: Int, lowerBound: Double, namesakeRecords: Int,
            namesakeRecordsTaken: Int, isOfThisIndex: Bool, notSearched: [String]
        ) {
            self.measuredAt = measuredAt
            self.version = version
            self.planted = planted
            self.found = found
            self.foundWithoutAsking = foundWithoutAsking
            self.lowerBound = lowerBound
            self.namesakeRecords = namesakeRecords
            self.namesakeRecordsTaken = namesakeRecordsTaken
            self.isOfThisIndex = isOfThisIndex
            self.notSearched = notSearched
        }
    }

    /// The model before and after. The statement's subject is the model after.
    package struct Model: Codable, Sendable, Equatable {
        package let name: String
        package let before: Digest
        package let after: Digest
        /// Permanent id of the model family, e.g. `llama`.
        package let family: String
        package let parameterCount: Int

        package init(
            name: String, before: Digest, after: Digest, family: String, parameterCount: Int
        ) {
            self.name = name
            self.before = before
            self.after = after
            self.family = family
            self.parameterCount = parameterCount
        }
    }

    /// The policy whose thresholds were fixed before the run.
    package struct PolicyReference: Codable, Sendable, Equatable {
        package let name: String
        package let digest: Digest

        package init(name: String, digest: Digest) {
            self.name = name
            self.digest = digest
        }
    }

    /// A copy that still holds the records, e.g. `original shard files`, `older checkpoints`.
    package struct Residual: Codable, Sendable, Equatable {
        package let what: String
        /// What happened or happens to it, in a sentence.
        package let disposition: String
        package let digest: Digest?

        package init(what: String, disposition: String, digest: Digest? = nil) {
            self.what = what
            self.disposition = disposition
            self.digest = digest
        }
    }

    package struct Tool: Codable, Sendable, Equatable {
        package let name: String
        package let version: String

        package init(name: String, version: String) {
            self.name = name
            self.version = version
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
