/// What a request asks for.
package enum RequestKind: Hashable, Sendable, Codable {
    /// Erase the person's data.
    case erasure
    /// Stop an earlier request, named by the id that the format uses: the sender's own
    /// (`sourceID` of the earlier request) in OpenDSR, ours (`request_id` of our status reply) in
    /// the Data Rights Protocol.
    case withdrawal(of: String)
}

/// One limit that a person sets to an erasure, kept as the sender wrote it: an operator or a later
/// step decides what it means for records. Limits of different kinds narrow each other; values of
/// one kind add up.
package struct RequestLimit: Hashable, Sendable {
    /// The raw values are permanent.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case dataCategory = "data-category"
        case processingCategory = "processing-category"
        case purpose
        case consent
        case capture
        /// Data from this time on, RFC 3339 or a date.
        case from
        /// Data up to this time, RFC 3339 or a date.
        case to
        case provenance
        case dataReference = "data-reference"
        /// Number of an order in a shop.
        case order
        /// A parameter that sender and recipient have agreed on between themselves.
        case parameter
    }

    package let kind: Kind
    package let value: Sensitive<String>

    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = Sensitive(value)
    }
}
