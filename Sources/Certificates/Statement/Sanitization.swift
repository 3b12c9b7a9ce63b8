import Domain

extension DeletionCertificate {
    /// The certificate in the terms of a certificate of sanitisation, for those who file it beside
    /// those of disks: NIST SP 800-88 Rev. 2, section 4.6 and appendix C, with the fields of Rev. 1,
    /// appendix G. A model is taken for a medium.
    ///
    /// `clear`, `purge` and `destroy` are words for media; for a model the ladder's words stand.
    package struct Sanitization: Codable, Sendable, Equatable {
        /// Who made the model; the operator's organisation unless it was taken over.
        package let manufacturer: String?
        package let model: String
        /// SHA-256 of the model before.
        package let serialNumber: Digest
        /// The case, as the organisation's number of the thing.
        package let propertyNumber: String
        package let mediaType: String
        /// The runs that trained it on the records.
        package let mediaSource: String
        /// A word of the ladder, `partial: ` before it where something stays.
        package let method: String
        package let technique: String
        package let tool: String
        package let verificationMethod: String
        /// Where the model goes next, as far as known.
        package let destination: String?
        package let dataBackup: String
        package let people: [Person]

        /// Somebody who did a part of it.
        package struct Person: Codable, Sendable, Equatable {
            package let name: String
            /// `sanitisation`, `verification` or `validation`.
            package let part: String
            package let at: Timestamp

            package init(name: String, part: String, at: Timestamp) {
                self.name = name
                self.part = part
                self.at = at
            }
        }

        /// The form filled in from what the certificate says elsewhere.
        init(
            caseID: CaseID, claim: Claim, model: Model, method: Method,
            tool: Tool, copies: [Copy], validations: [Validation], organisation: String?,
            destination: String?
        ) {
            manufacturer = organisation
            self.model = model.name
            serialNumber = model.before
            propertyNumber = caseID.description
            mediaType = "weights of a language model (\(model.family), \(model.format))"
            mediaSource = model.trainingRuns.joined(separator: ", ")
            self.method = (claim.isPartial ? "partial: " : "") + claim.level.rawValue
            technique = "\(method.id) \(method.version)"
            self.tool = "\(tool.name) \(tool.version)"
            verificationMethod = "tests of the model after, held against those of the model before"
            self.destination = destination
            let open = copies.count { !$0.isGone }
            dataBackup =
                open == 0 ? "no copy is known to remain" : "copies that remain: \(open)"
            people = validations.map {
                Person(name: $0.by, part: "validation", at: $0.at)
            }
        }
    }
}
