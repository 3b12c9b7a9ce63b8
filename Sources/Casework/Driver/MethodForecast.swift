import Domain

/// What a method would take for some cases, told before it begins.
package struct MethodForecast: Codable, Sendable, Equatable {
    package let rung: PolicyRung
    package let methodClass: MethodClass
    /// Why it cannot be used here, for people; nil if it can.
    package let obstacle: String?
    /// Work as a share of the original training's, 0 ...; nil if unknown.
    package let shareOfTraining: Double?
    /// Optimisation steps, where they can be told.
    package let stepCount: Int?
    /// From the measured time of the original training; nil if that is not known.
    package let seconds: Double?
    /// Models in memory beside the one that is changed.
    package let extraModels: Int?

    package init(
        rung: PolicyRung, methodClass: MethodClass, obstacle: String? = nil,
        shareOfTraining: Double? = nil, stepCount: Int? = nil, seconds: Double? = nil,
        extraModels: Int? = nil
    ) {
        self.rung = rung
        self.methodClass = methodClass
        self.obstacle = obstacle
        self.shareOfTraining = shareOfTraining
        self.stepCount = stepCount
        self.seconds = seconds
        self.extraModels = extraModels
    }

    /// The cost in a few words, e.g. `7.3 % of the training, 131 steps, about 2 s`.
    package var costText: String {
        var parts: [String] = []
        if let shareOfTraining {
            // Two figures: an estimate, not a measurement.
            let percent = shareOfTraining * 100
            let digits = percent >= 10 ? 1.0 : 10
            let rounded = (percent * digits).rounded() / digits
            parts.append(
                (digits == 1 ? "\(Int(rounded))" : "\(rounded)") + " % of the training")
        }
        if let stepCount { parts.append("\(stepCount) steps") }
        if let seconds { parts.append("about \(Int(seconds.rounded(.up))) s") }
        return parts.isEmpty ? "cost unknown" : parts.joined(separator: ", ")
    }
}

/// What a forecast is asked about.
package struct ForecastInput: Sendable {
    /// Cases of one model, scoped.
    package let cases: [CaseRecord]
    package let modelName: String
    package let baseModel: Digest
    package let rungs: [PolicyRung]

    package init(
        cases: [CaseRecord], modelName: String, baseModel: Digest, rungs: [PolicyRung]
    ) {
        self.cases = cases
        self.modelName = modelName
        self.baseModel = baseModel
        self.rungs = rungs
    }
}

/// A rung that cannot be used for this model or these records, found out before any work: the next one
/// may be able to.
package struct UnsuitableRung: Error {
    package let cause: any ReportableError

    package init(_ cause: any ReportableError) { self.cause = cause }
}
