import Domain

/// Why a recipient need not be told (GDPR Art. 19).
package enum RecipientExcuse: String, CaseIterable, Codable, Sendable {
    case impossible, disproportionate
}

/// Somebody the data was given to, who has to be told of the erasure (GDPR Art. 19).
package struct Recipient: Codable, Sendable, Equatable {
    /// An organisation or a system, not a person.
    package let name: String
    package let addedAt: Timestamp
    package var notifiedAt: Timestamp?
    package var acknowledgedAt: Timestamp?
    package var excuse: RecipientExcuse?

    package init(name: String, addedAt: Timestamp) {
        self.name = name
        self.addedAt = addedAt
    }

    /// Still to be told.
    package var isOutstanding: Bool { notifiedAt == nil && excuse == nil }

    package var inWords: String {
        if let excuse { return "\(name) need not be told: that would be \(excuse.rawValue)" }
        if let acknowledgedAt { return "\(name) acknowledged on \(acknowledgedAt.dateText)" }
        if let notifiedAt { return "\(name) was told on \(notifiedAt.dateText)" }
        return "\(name) is still to be told"
    }
}
