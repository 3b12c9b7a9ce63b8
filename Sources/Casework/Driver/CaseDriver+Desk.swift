import Domain

/// What the policy asks of a case beside its ladder: proof of identity, and four eyes.
extension CaseDriver {
    /// Sends a case to wait for a proof of identity before anything is searched or unlearned, or back
    /// once the policy asks for no better one.
    /// - Returns: nil if nothing changes.
    func settleIdentity(_ record: CaseRecord) throws -> DriverEvent? {
        var asked = record
        asked.progress.legal.identity.required = policy.identity
        let required = policy.identity
        if StateMachine.allows(.identityRequired, for: asked) {
            let level = record.progress.legal.identity.level.rawValue
            let wanted = required?.rawValue ?? ""
            return try transition(
                .identityRequired, record,
                "The policy asks for a proof of identity (\(wanted)); there is: \(level).",
                facts: ["identity": level, "identity-required": wanted]
            ) { $0.legal.identity.required = required }
        }
        guard StateMachine.duty(of: record) == .confirmIdentity,
            StateMachine.allows(.policyChanged, for: asked)
        else { return nil }
        return try transition(
            .policyChanged, record, "The policy asks for no better proof of identity any more.",
            digests: ["policy": try policy.digest().hexadecimal]
        ) { $0.legal.identity.required = required }
    }

    /// The result needs somebody else's approval first.
    func waitsForApproval(_ record: CaseRecord) -> Bool {
        let legal = withCertifier(record).progress.legal
        return legal.fourEyes && !legal.isApprovedIndependently
    }

    /// The record as a certificate issued by this actor would leave it. A policy that came to ask for
    /// four eyes after the run is heeded; one that ceased to is not.
    func withCertifier(_ record: CaseRecord) -> CaseRecord {
        var record = record
        noteCertifier(&record.progress)
        return record
    }

    func noteCertifier(_ progress: inout CaseProgress) {
        progress.legal.certifier = actor
        progress.legal.fourEyes = progress.legal.fourEyes || policy.fourEyes ?? false
    }
}
