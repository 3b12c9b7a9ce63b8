import Domain
import Foundation

/// Why a new record is held to be about an erased person. The raw values are permanent.
package enum SuppressionRule: String, CaseIterable, Codable, Sendable {
    case email, phone, username
    case nationalID = "national-id"
    case customerID = "customer-id"
    /// Full name and date of birth in the same record; a name alone suppresses nothing.
    case nameAndBirth = "name-and-date-of-birth"
    /// The very text of an erased record, apart from case, accents and spacing.
    case recordText = "record-text"
    /// The date of birth of a pair: looked up first, never a hit by itself.
    case birthPart = "date-of-birth-part"
}

/// A record that must not be trained on.
package struct SuppressionHit: Codable, Sendable, Equatable {
    package let file: String
    /// From 1, in the JSONL that the file is or holds.
    package let line: Int
    package let recordID: String
    package let rule: SuppressionRule
    /// The case that erased the person.
    package let caseID: String
}

/// What an erased person's entry consists of.
package struct SuppressionSummary: Codable, Sendable, Equatable {
    /// Keyed digests stored, by rule.
    package let keyCounts: [String: Int]
    /// Types of identifiers that were given and cannot suppress by themselves: names without a date
    /// of birth, addresses, very short numbers; sorted.
    package let unused: [String]
    /// Texts too short to be anybody's own.
    package let shortTextCount: Int
}

/// Turns identifiers and texts into the keyed digests under which they are suppressed, by the same
/// normal forms as the index's postings.
struct SuppressionKeys {
    let key: IndexKey

    /// Shorter runs of digits in a text number all kinds of things.
    static let digitCountMinimum = 9
    static let handleByteCountMinimum = 5
    static let customerIDByteCountMinimum = 5
    /// A text below this is something many people write.
    static let textByteCountMinimum = 40
    static let textWordCountMinimum = 6
    static let nameWordCounts = 2...6

    /// Keys of one strong identifier; empty if it is not fit to suppress by.
    func keys(_ identifier: PersonalIdentifier) -> [Data] {
        let groups = Self.groups(identifier.kind)
        guard !groups.isEmpty else { return [] }
        let value = identifier.value.revealed
        switch identifier.format {
        case .sha256: return groups.map { key.posting($0, hash: value) }
        // Nothing is listed by them; see `HashedForms`.
        case .sha1, .md5: return []
        case .raw:
            let forms = IdentifierForms.forms(identifier.kind, value)
            return forms.filter { Self.isFit($0, identifier.kind) }.flatMap { form in
                groups.filter { $0 != .digits || Self.isLong(Array(form.utf8)) }
                    .map { key.posting($0, form: form) }
            }
        }
    }

    /// Under which a name and a date of birth are known together, and the date first.
    func keys(name: String, birth: String) -> (pairs: [Data], dates: [Data]) {
        var folder = TextFolder()
        let folded = folder.folded(name)
        let words = FoldedWord.all(in: folded).map { Array(folded[$0.range]) }
        guard Self.nameWordCounts.contains(words.count) else { return ([], []) }
        var names = [words]
        if words.count > 2, let first = words.first, let last = words.last {
            names.append([first, last])
        }
        let dates = IdentifierForms.forms(.dateOfBirth, birth)
        return (
            dates.flatMap { date in names.map { pair($0, date) } },
            dates.map { key.posting(.dateOfBirth, form: $0) }
        )
    }

    /// In whatever order the words of the name stand.
    func pair(_ words: [[UInt8]], _ date: String) -> Data {
        var form: [UInt8] = []
        for word in words.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            form += word
            form.append(32)
        }
        form += date.utf8
        return key.posting(.nameAndBirth, form: form)
    }

    /// Nil for a text that is too short to be one person's.
    /// - Parameter words: all of the text.
    func text(_ folded: [UInt8], _ words: [FoldedWord]) -> Data? {
        guard folded.count >= Self.textByteCountMinimum,
            words.count >= Self.textWordCountMinimum
        else { return nil }
        return key.posting(.erasedText, form: folded)
    }

    static func rule(_ kind: IdentifierKind) -> SuppressionRule? {
        switch kind {
        case .email: .email
        case .phone: .phone
        case .username: .username
        case .nationalID: .nationalID
        case .customerID: .customerID
        case .name, .address, .dateOfBirth, .text, .recordID: nil
        }
    }

    private static func groups(_ kind: IdentifierKind) -> [PostingGroup] {
        switch kind {
        case .email: [.email]
        case .username: [.username]
        case .customerID: [.customerID, .subject, .digits]
        case .phone, .nationalID: [PostingGroup(kind), .digits]
        case .name, .address, .dateOfBirth, .text, .recordID: []
        }
    }

    private static func isFit(_ form: String, _ kind: IdentifierKind) -> Bool {
        switch kind {
        case .customerID: form.utf8.count >= customerIDByteCountMinimum
        case .username: form.utf8.count >= handleByteCountMinimum
        case .phone, .nationalID: form.utf8.count >= IdentifierDetector.digitCounts.lowerBound
        default: true
        }
    }

    /// Whether a number is long enough to be anybody's own: at least nine digits, `+` apart.
    static func isLong(_ number: [UInt8]) -> Bool {
        let digits = number.drop { $0 == UInt8(ascii: "+") }
        return digits.count >= digitCountMinimum
            && digits.allSatisfy(IdentifierDetector.isDigit)
    }
}
