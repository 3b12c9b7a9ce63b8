import Domain

extension DeletionCertificate {
    /// Everything in this certificate that keeps it from being one: what the verification does not
    /// support, and what contradicts itself. Empty for a certificate that may be signed. The same
    /// rules hold when a certificate is issued and when it is verified.
    package func problems() -> [String] {
        outcomeProblems() + consistencyProblems() + claimProblems() + coverageProblems()
    }

    /// Ids of the checks that failed or could not be checked, in the report's order.
    package var checksNotPassed: [String] {
        verification.checks.filter { $0.outcome != .passed }.map(\.id)
    }

    private func outcomeProblems() -> [String] {
        guard method.methodClass.isCertifiable else {
            return [
                "The method \(method.id) is of the class \(method.methodClass.rawValue) "
                    + "(\(method.methodClass.text)), which is never certified."
            ]
        }
        guard !verification.checks.isEmpty else { return ["The verification ran no check."] }
        let open = checksNotPassed
        guard let investigation else {
            return open.isEmpty
                ? [] : ["The verification did not pass: \(open.joined(separator: ", "))."]
        }
        var problems: [String] = []
        if method.methodClass != .exact {
            problems.append(
                "Checks did not pass (\(open.joined(separator: ", "))), and only an exact method "
                    + "may be certified after an investigation; \(method.id) is not one.")
        }
        if Self.isBlank(investigation.closedBy) || Self.isBlank(investigation.reason) {
            problems.append("The investigation does not say who closed it and why.")
        }
        if investigation.failedChecks.sorted() != open.sorted() {
            problems.append(
                "The investigation does not cover the checks that did not pass: "
                    + "\(open.joined(separator: ", ")).")
        }
        return problems
    }

    private func consistencyProblems() -> [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: @autoclosure () -> String) {
            if !condition { problems.append(problem()) }
        }
        require(
            verification.schema == "lethe.verification.v1",
            "The report's form \(verification.schema) is unknown.")
        require(
            verification.modelBefore == model.before && verification.modelAfter == model.after,
            "The report measured other models than the certificate names.")
        require(
            model.before != model.after, "The model after the deletion is the model before it.")
        require(
            verification.policyDigest == policy.digest,
            "The report was made under another policy than the certificate names.")
        require(
            method.classText == method.methodClass.text,
            "The method's class is \(method.methodClass.rawValue), but its text says otherwise.")
        require(
            method.methodClass != .exact || !method.lineageFacts.isEmpty,
            "An exact method is claimed without the lineage facts that prove it.")
        require(
            deadline.isKept == (issuedAt <= dueAt),
            "The times and the statement about the deadline differ.")
        require(receivedAt <= issuedAt, "The certificate is older than the request.")
        require(
            scope.recordCount > 0 && !scope.corpora.isEmpty, "The scope holds no record.")
        require(method.casesInRun > 0, "The run holds no case.")
        require(!model.files.isEmpty, "No file of the model is named.")
        require(
            Set(model.files.map(\.path)).count == model.files.count
                && model.files.allSatisfy(\.hasSafePath),
            "The path of a file of the model stands twice or leads out of its folder.")
        require(!Self.isBlank(operatorName), "Nobody is named who answers for the deletion.")
        let ids = verification.checks.map(\.id)
        require(Set(ids).count == ids.count, "Two checks of the report have the same id.")
        return problems + gateProblems()
    }

    /// What decides a check has to be there, and to say what the check says.
    private func gateProblems() -> [String] {
        let ids = Set(verification.checks.map(\.id))
        let missing = gates.keys.filter { !ids.contains($0) }.sorted()
        let problems = missing.map { "The check \($0) is named and not there." }
        return problems
            + verification.checks.compactMap { check in
                guard let names = gates[check.id] else {
                    return "What decides check \(check.id) is not stated."
                }
                guard (check.family == "control") == check.id.hasPrefix(Self.controlPrefix) else {
                    return "Check \(check.id) is not of the family \(check.family)."
                }
                // A control is right where the test it is made with finds something.
                guard check.outcome == .passed, check.family != "control" else { return nil }
                let broken = names.filter { name in
                    guard let found = check.measurements.first(where: { $0.name == name }),
                        found.threshold != nil, found.direction != nil
                    else { return true }
                    return found.outcome != .passed
                }
                let stray = check.measurements.filter {
                    $0.threshold != nil && !names.contains($0.name)
                }.map(\.name)
                return broken.isEmpty && stray.isEmpty
                    ? nil
                    : "Check \(check.id) says it passed, but its measurements say otherwise: "
                        + "\((broken + stray).joined(separator: ", "))."
            }
    }

    /// What the ids of controls begin with; they are permanent.
    static let controlPrefix = "control-"

    /// The words are those that the facts allow, and what is missing is said to be missing.
    private func claimProblems() -> [String] {
        var problems: [String] = []
        if method.methodClass.isCertifiable,
            claim
                != Claim(
                    methodClass: method.methodClass, copies: copies, exceptions: exceptions,
                    residuals: residuals)
        {
            problems.append(
                "It claims \(claim.isPartial ? "partly " : "")\(claim.level.text), which its own "
                    + "facts do not support.")
        }
        for path in absentMembers where !notRecorded.contains(path) {
            problems.append("The member \(path) is absent and not listed as not recorded.")
        }
        if sanitization
            != Sanitization(
                caseID: caseID, claim: claim, model: model, method: method, tool: tool,
                copies: copies, validations: validations, organisation: organisation,
                destination: sanitization.destination)
        {
            problems.append("The form of sanitisation says something else than the certificate.")
        }
        if !method.hasItsDigests {
            problems.append("The digests of parameters and environment are not theirs.")
        }
        if !validations.contains(where: { $0.role == .issuer }) {
            problems.append("Nobody is named who accepted the outcome.")
        }
        if requiredSignatureCount < 1 { problems.append("It asks for no signature.") }
        return problems
    }

    private func coverageProblems() -> [String] {
        guard attackCoverage.map(\.attackClass) == AttackClass.allCases else {
            return ["The table of attack classes does not have its six rows in order."]
        }
        let reached = Set(
            verification.checks.filter { $0.outcome != .couldNotCheck }.map(\.id))
        return attackCoverage.compactMap { row in
            let isSupported =
                row.status == .run
                ? !row.checks.isEmpty && reached.isSuperset(of: row.checks) : row.checks.isEmpty
            return isSupported
                ? nil
                : "The row \(row.attackClass.rawValue) says \(row.status.text), which the report "
                    + "does not support."
        }
    }

    private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
}
