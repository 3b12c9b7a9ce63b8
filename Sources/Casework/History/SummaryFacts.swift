import Domain

/// What each summary contributes to the history entry of the event that brought it.
extension ScopeSummary {
    package var historyDigests: [String: String] {
        ["index": indexDigest.hexadecimal, "records": recordsDigest.hexadecimal]
    }
    package var historyFacts: [String: String] {
        var facts = [
            "record-count": String(recordCount), "subject-count": String(subjects.count),
            "candidate-count": String(candidates.count),
        ]
        facts["model"] = modelName
        return facts
    }
}

extension UnlearningSummary {
    package var historyDigests: [String: String] {
        ["model-before": baseModel.hexadecimal, "model-after": outputModel.hexadecimal]
    }
    package var historyFacts: [String: String] {
        [
            "run": runID, "method": method, "method-class": methodClass.rawValue,
            "rung": String(rungIndex),
            "cases": casesInRun.map(\.description).joined(separator: " "),
        ]
    }
}

extension VerificationSummary {
    package var historyDigests: [String: String] { ["report": reportDigest.hexadecimal] }
    package var historyFacts: [String: String] {
        var facts = [
            "outcome": outcome.rawValue, "passed": String(passedCount),
            "failed": String(failedCount), "could-not-check": String(couldNotCheckCount),
        ]
        if !failedChecks.isEmpty { facts["not-passed"] = failedChecks.joined(separator: " ") }
        return facts
    }
}

extension CertificateSummary {
    package var historyDigests: [String: String] { ["certificate": payloadDigest.hexadecimal] }
    package var historyFacts: [String: String] { ["path": path] }
}
