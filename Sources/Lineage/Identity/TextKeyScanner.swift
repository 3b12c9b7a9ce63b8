/// The postings under which a text can be found by what stands in it: e-mail addresses, numbers
/// and dates.
///
/// One pass over the bytes finds digits, `@` and the ends of `at` and `arroba`, sixteen bytes at a
/// time; everything else is looked at only around those. Keeps its scratch space between texts, so use
/// one for many.
package struct TextKeyScanner {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private var groups: [Range<Int>] = []
    private var hidden: [Int] = []
    private var digitCount = 0

    package init() {}

    /// Calls back with the group and form of each posting; forms may repeat.
    /// - Parameter text: folded.
    package mutating func scan(_ text: [UInt8], _ post: (PostingGroup, [UInt8]) -> Void) {
        text.withUnsafeBufferPointer { text in
            scan(text) { group, form in post(group, Array(form)) }
        }
    }

    /// The forms are valid only while they are given.
    mutating func scan(_ text: Bytes, _ post: (PostingGroup, Bytes) -> Void) {
        groups.removeAll(keepingCapacity: true)
        hidden.removeAll(keepingCapacity: true)
        digitCount = 0
        findPlaces(text, post)
        if digitCount >= IdentifierDetector.digitCounts.lowerBound {
            Self.postNumbers(groups, text, post)
        }
        if !groups.isEmpty {
            DateDetector.dates(groups, in: text) { found in
                var form = found.form
                form.withUTF8 { post(.dateOfBirth, $0) }
            }
        }
        guard !hidden.isEmpty, let clear = Deobfuscation.deobfuscated(text, places: hidden)
        else { return }
        clear.withUnsafeBufferPointer { clear in
            for at in clear.indices where clear[at] == UInt8(ascii: "@") {
                guard let email = IdentifierDetector.email(at: at, in: clear) else { continue }
                Self.postEmail(clear, email, at, .obfuscatedEmail, post)
            }
        }
    }

    private mutating func findPlaces(_ text: Bytes, _ post: (PostingGroup, Bytes) -> Void) {
        let count = text.count
        guard let base = UnsafeRawPointer(text.baseAddress), count > 0 else { return }
        // Digits before this are part of a group that was found.
        var digitEnd = 0
        // The first byte has none before it.
        visit(0, text, &digitEnd, post)
        var index = 1
        while index + Self.stepByteCount <= count {
            var stops = Self.stops(base + index)
            while stops.0 != 0 {
                visit(index + stops.0.trailingZeroBitCount >> 3, text, &digitEnd, post)
                stops.0 &= stops.0 &- 1
            }
            while stops.1 != 0 {
                visit(index + 8 + stops.1.trailingZeroBitCount >> 3, text, &digitEnd, post)
                stops.1 &= stops.1 &- 1
            }
            index += Self.stepByteCount
        }
        while index < count {
            visit(index, text, &digitEnd, post)
            index += 1
        }
    }

    private static let stepByteCount = 16

    /// A bit for each of sixteen bytes that may end something: digits, `@`, a `t` after an `a`, a `b`
    /// after an `o`.
    /// - Parameter place: of the first one; there is a byte before it.
    @inline(__always)
    private static func stops(_ place: UnsafeRawPointer) -> (UInt64, UInt64) {
        typealias Step = SIMD16<UInt8>
        let bytes = place.loadUnaligned(as: Step.self)
        let before = (place - 1).loadUnaligned(as: Step.self)
        let isDigit = (bytes &- 48) .< Step(repeating: 10)
        let isAt = bytes .== Step(repeating: UInt8(ascii: "@"))
        let isWord =
            (bytes .== Step(repeating: UInt8(ascii: "t")))
            .& (before .== Step(repeating: UInt8(ascii: "a")))
        let isOther =
            (bytes .== Step(repeating: UInt8(ascii: "b")))
            .& (before .== Step(repeating: UInt8(ascii: "o")))
        let mask = isDigit .| isAt .| isWord .| isOther
        let words = unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        let one: UInt64 = 0x0101_0101_0101_0101
        return (UInt64(littleEndian: words.x) & one, UInt64(littleEndian: words.y) & one)
    }

    @inline(__always)
    private mutating func visit(
        _ index: Int, _ text: Bytes, _ digitEnd: inout Int, _ post: (PostingGroup, Bytes) -> Void
    ) {
        switch text[index] {
        case 48...57:
            guard index >= digitEnd else { return }
            var end = index + 1
            while end < text.count, IdentifierDetector.isDigit(text[end]) { end += 1 }
            groups.append(index..<end)
            digitCount += end - index
            digitEnd = end
        case UInt8(ascii: "@"):
            if let email = IdentifierDetector.email(at: index, in: text) {
                Self.postEmail(text, email, index, .email, post)
            }
            if Deobfuscation.isTrigger(text, at: index) { hidden.append(index) }
        case UInt8(ascii: "t"), UInt8(ascii: "b"):
            if Deobfuscation.isTrigger(text, at: index) { hidden.append(index) }
        default: break
        }
    }

    private static func postEmail(
        _ text: Bytes, _ range: Range<Int>, _ at: Int, _ group: PostingGroup,
        _ post: (PostingGroup, Bytes) -> Void
    ) {
        let email = Bytes(rebasing: text[range])
        post(group, email)
        guard EmailForms.mayHaveMailboxes(email, at: at - range.lowerBound) else { return }
        for form in EmailForms.mailboxes(Array(email)[...]) {
            form.withUnsafeBufferPointer { post(group, $0) }
        }
    }

    private static func postNumbers(
        _ groups: [Range<Int>], _ text: Bytes, _ post: (PostingGroup, Bytes) -> Void
    ) {
        IdentifierDetector.numbers(groups, in: text) { digits, isInternational in
            post(.digits, digits)
            if isInternational, digits[0] == 49 {
                // The usual forms of a North American number, see `PhoneNumber.forms`.
                if digits.count - 1 >= 6 { post(.digits, Bytes(rebasing: digits[1...])) }
                var marked = [UInt8(ascii: "+")]
                marked.append(contentsOf: digits)
                return marked.withUnsafeBufferPointer { post(.digits, $0) }
            }
            // Numbers have 7 digits or more.
            let isDialled = digits[0] == 48 && digits[1] == 48
            let isDialledOut =
                digits.count > 12 && digits[0] == 48 && digits[1] == 49 && digits[2] == 49
            guard isInternational || isDialled || isDialledOut else { return }
            let number = String(decoding: digits, as: UTF8.self)
            let forms = PhoneNumber.forms(digits: number, isInternational: isInternational)
            for var form in forms { form.withUTF8 { post(.digits, $0) } }
            if let first = forms.first {
                var marked = "+\(first)"
                marked.withUTF8 { post(.digits, $0) }
            }
        }
    }
}
