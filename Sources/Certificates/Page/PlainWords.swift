import Domain

/// Terms of law and parameters as a person reads them.
enum PlainWords {
    static func regime(_ regime: Regime) -> String {
        switch regime {
        case .gdprEU: "General Data Protection Regulation of the EU (GDPR), right to erasure"
        case .gdprUK: "UK General Data Protection Regulation (UK GDPR), right to erasure"
        case .ccpa: "California Consumer Privacy Act (CCPA), right to delete"
        }
    }

    /// A ground of Article 17(1) in words, anything else as it was given.
    static func ground(_ ground: String) -> String {
        let words: [String: String] = [
            "art17-1-a": "the data is no longer needed",
            "art17-1-b": "consent was withdrawn",
            "art17-1-c": "the person objected",
            "art17-1-d": "the data was processed unlawfully",
            "art17-1-e": "the law demands erasure",
            "art17-1-f": "the data was collected from a child",
        ]
        return words[ground].map { "\($0) (\(ground))" } ?? ground
    }

    static func parameter(_ value: DeletionCertificate.ParameterValue) -> String {
        switch value {
        case .number(let number):
            number == number.rounded() && abs(number) < 1e9
                ? String(Int64(number)) : "\(number)"
        case .text(let text): text
        case .flag(let flag): flag ? "yes" : "no"
        }
    }

    /// True of every certificate, so they stand on every page.
    static let standingLimitations = [
        "It is about one model, named by its digest. Other models, copies, answers already given "
            + "and documents elsewhere are not covered.",
        "It is about the records that were found. Records that no identifier of the request led to "
            + "may still be in the training data.",
        "The signature proves who issued the certificate and that it was not changed since; the "
            + "times in it are the issuer's word.",
    ]
}
