/// The postings under which a text can be found by what stands in it: e-mail addresses, numbers
/// and dates.
///
/// One pass over the bytes finds digits, `@` and the word `at`; everything else is looked at only
/// around those. Keeps its scratch space between texts, so use one for many.
package struct TextKeyScanner {
    private var groups: [Range<Int>] = []
    private var hidden: [Int] = []

    package init() {}

    /// Kinds of bytes that the pass stops at.
    private static let stops: [UInt8] = (0...255).map { byte in
        switch UInt8(byte) {
        case 48...57: 1
        case UInt8(ascii: "@"): 2
        case UInt8(ascii: "t"), UInt8(ascii: "b"): 3
        default: 0
        }
    }

    /// Calls back with the group and form of each posting; forms may repeat.
    /// - Parameter text: folded.
    package mutating func scan(_ text: [UInt8], _ post: (PostingGroup, [UInt8]) -> Void) {
        text.withUnsafeBufferPointer { scan($0, post) }
    }

    mutating func scan(
        _ text: IdentifierDetector.Bytes, _ post: (PostingGroup, [UInt8]) -> Void
    ) {
        groups.removeAll(keepingCapacity: true)
        hidden.removeAll(keepingCapacity: true)
        findPlaces(text, post)
        if !groups.isEmpty {
            Self.postNumbers(groups, text, post)
            DateDetector.dates(groups, in: text) { post(.dateOfBirth, Array($0.form.utf8)) }
        }
        guard !hidden.isEmpty, let clear = Deobfuscation.deobfuscated(text, places: hidden)
        else { return }
        IdentifierDetector.emails(in: clear) { Self.postEmail($0, .obfuscatedEmail, post) }
    }

    private mutating func findPlaces(
        _ text: IdentifierDetector.Bytes, _ post: (PostingGroup, [UInt8]) -> Void
    ) {
        Self.stops.withUnsafeBufferPointer { stops in
            var index = 0
            let count = text.count
            while true {
                while index < count, stops[Int(text[index])] == 0 { index += 1 }
                guard index < count else { break }
                switch stops[Int(text[index])] {
                case 1:
                    let start = index
                    while index < count, IdentifierDetector.isDigit(text[index]) { index += 1 }
                    groups.append(start..<index)
                    continue
                case 2:
                    if let email = IdentifierDetector.email(at: index, in: text) {
                        Self.postEmail(Array(text[email])[...], .email, post)
                    }
                    if Deobfuscation.isTrigger(text, at: index) { hidden.append(index) }
                default:
                    if Deobfuscation.isTrigger(text, at: index) { hidden.append(index) }
                }
                index += 1
            }
        }
    }

    private static func postEmail(
        _ email: ArraySlice<UInt8>, _ group: PostingGroup, _ post: (PostingGroup, [UInt8]) -> Void
    ) {
        post(group, Array(email))
        for form in EmailForms.mailboxes(email) { post(group, form) }
    }

    private static func postNumbers(
        _ groups: [Range<Int>], _ text: IdentifierDetector.Bytes,
        _ post: (PostingGroup, [UInt8]) -> Void
    ) {
        IdentifierDetector.numbers(groups, in: text) { digits, isInternational in
            post(.digits, digits)
            guard
                isInternational || digits.starts(with: [48, 48])
                    || (digits.count > 12 && digits.starts(with: [48, 49, 49]))
            else { return }
            let number = String(decoding: digits, as: UTF8.self)
            let forms = PhoneNumber.forms(digits: number, isInternational: isInternational)
            for form in forms { post(.digits, Array(form.utf8)) }
            if let first = forms.first { post(.digits, Array("+\(first)".utf8)) }
        }
    }
}
