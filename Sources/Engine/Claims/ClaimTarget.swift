import Domain
import Verification

/// Something that would show that the model remembers, if it came out: one of the person's values, or
/// the text that the claim expects.
struct ClaimTarget: Sendable, Hashable {
    let kind: IdentifierKind
    let value: Sensitive<String>
    /// The claim's own text instead of a known value.
    let isExpectedText: Bool

    /// Shorter ones come up by chance too often.
    static let minimumByteCount = 5

    init(_ kind: IdentifierKind, _ value: String, isExpectedText: Bool = false) {
        self.kind = kind
        self.value = Sensitive(value)
        self.isExpectedText = isExpectedText
    }

    /// For reports.
    var name: String { isExpectedText ? "expected-text" : kind.rawValue }

    var isLongEnough: Bool { value.revealed.utf8.count >= Self.minimumByteCount }

    /// Whether it stands in a text in any of its written forms; letter case and runs of white space do
    /// not matter.
    func occurs(in text: String) -> Bool {
        let text = Self.joined(text)
        guard isExpectedText else { return mentions(value.revealed, kind, in: text) }
        let needle = Self.joined(value.revealed).lowercased()
        return !valueOccurrences(of: needle, kind: .text, in: text.lowercased()).isEmpty
    }

    private static func joined(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

/// The person of a case as a claim is tested: everything known by which they are identified.
struct ClaimPerson {
    /// In a fixed order, without repetitions.
    let values: [ClaimTarget]

    /// - Parameters:
    ///   - profiles: as the verifier knows the person; empty where the records are gone.
    ///   - identifiers: of the request.
    init(profiles: [PersonProfile], identifiers: [PersonalIdentifier]) {
        var all: [ClaimTarget] = []
        for profile in profiles {
            for kind in IdentifierKind.allCases {
                if let value = profile.values[kind] { all.append(ClaimTarget(kind, value)) }
            }
        }
        for identifier in identifiers where identifier.format == .raw {
            let value = identifier.value.revealed
            switch identifier.kind {
            case .phone, .nationalID:
                all.append(
                    ClaimTarget(
                        identifier.kind, String(value.filter { $0.isASCII && $0.isNumber })))
            case .recordID: continue
            default: all.append(ClaimTarget(identifier.kind, value))
            }
        }
        var seen: Set<ClaimTarget> = []
        values = all.filter { !$0.value.revealed.isEmpty && seen.insert($0).inserted }
    }

    /// What to look for in answers to a prompt: what stands in the prompt would prove nothing.
    func targets(of claim: ReappearanceClaim) -> [ClaimTarget] {
        let expected = claim.expected.map {
            ClaimTarget(.text, $0.revealed, isExpectedText: true)
        }
        return (values + [expected].compactMap(\.self)).filter {
            $0.isLongEnough && !$0.occurs(in: claim.prompt.revealed)
        }
    }
}
