import Domain
import Foundation

extension DeletionCertificate {
    /// The value of one parameter of a method or fact.
    package enum ParameterValue: Codable, Sendable, Equatable, ExpressibleByFloatLiteral,
        ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
    {
        case number(Double)
        case text(String)
        case flag(Bool)

        package init(floatLiteral value: Double) { self = .number(value) }
        package init(integerLiteral value: Int) { self = .number(Double(value)) }
        package init(stringLiteral value: String) { self = .text(value) }
        package init(booleanLiteral value: Bool) { self = .flag(value) }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .flag(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            case .flag(let value): try container.encode(value)
            }
        }
    }

    /// How the records' influence was removed.
    package struct Method: Codable, Sendable, Equatable {
        /// Permanent id, e.g. `npo`, `retrain`.
        package let id: String
        package let methodClass: MethodClass
        /// `methodClass.text`, for readers of the JSON.
        package let classText: String
        package let version: String
        package let parameters: [String: ParameterValue]
        package let seed: UInt64
        package let runID: String
        /// Cases that were unlearned together in this run, this one included.
        package let casesInRun: Int
        package let startedAt: Timestamp
        package let finishedAt: Timestamp
        /// SHA-256 over the parameters, and over the facts that tie the result to its inputs, each as
        /// compact JSON with sorted keys.
        package let parametersDigest: Digest
        package let environmentDigest: Digest
        /// Attempts on this case before this one, oldest first.
        package let attempts: [Attempt]
        /// What ties the result to its inputs: digests of recipe, plan and data order, core name,
        /// thread count, batch shape. For an exact method this is the proof, so it is required.
        package let lineageFacts: [String: String]

        package init(
            id: String, methodClass: MethodClass, version: String,
            parameters: [String: ParameterValue], seed: UInt64, runID: String, casesInRun: Int,
            startedAt: Timestamp, finishedAt: Timestamp, attempts: [Attempt] = [],
            lineageFacts: [String: String] = [:]
        ) {
            self.id = id
            self.methodClass = methodClass
            classText = methodClass.text
            self.version = version
            self.parameters = parameters
            self.seed = seed
            self.runID = runID
            self.casesInRun = casesInRun
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            parametersDigest = Self.digest(parameters)
            environmentDigest = Self.digest(lineageFacts)
            self.attempts = attempts
            self.lineageFacts = lineageFacts
        }

        private enum CodingKeys: String, CodingKey {
            case id
            case methodClass = "class"
            case classText, version, parameters, seed, runID, casesInRun, startedAt, finishedAt
            case parametersDigest, environmentDigest, attempts, lineageFacts
        }

        /// Both digests are those of what stands beside them.
        var hasItsDigests: Bool {
            parametersDigest == Self.digest(parameters)
                && environmentDigest == Self.digest(lineageFacts)
        }

        /// Of what has no form in JSON (a number that is none) the digest of nothing; such a
        /// certificate is refused for the number itself.
        private static func digest(_ value: some Encodable) -> Digest {
            Digest(of: (try? CanonicalJSON.compact(value)) ?? Data())
        }
    }

    /// An earlier attempt whose verification did not pass.
    package struct Attempt: Codable, Sendable, Equatable {
        package let method: String
        /// Ids of the checks that failed or could not be checked.
        package let failedChecks: [String]
        package let reportDigest: Digest?

        package init(method: String, failedChecks: [String], reportDigest: Digest? = nil) {
            self.method = method
            self.failedChecks = failedChecks
            self.reportDigest = reportDigest
        }
    }
}
