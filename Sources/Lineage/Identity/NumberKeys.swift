import Domain

/// National numbers, customer numbers, and numbers given under another name.
extension IdentityClosure {
    /// Codes shorter than this are too common as words to count as somebody's number.
    private static let codeByteCountMinimum = 5

    /// Keys: letters and digits only. Phrases: with letters in it, as given, in the groups that
    /// the number's kind is written in, and split where letters meet digits.
    mutating func addNationalNumber(_ value: String) {
        addForms(of: value, kind: .nationalID, nil, .strong)
        let compact = Self.compact(value)
        addSpellings(of: compact, given: value, rule: "national-id-phrase")
        for kind in NationalNumber.kinds(compact) {
            addGroupings(kind, of: compact, rule: "national-id-\(kind.rawValue)")
        }
    }

    /// A value that is an e-mail address or an unmistakable number is one, whatever the request
    /// calls it.
    mutating func addRecognised(_ value: String, _ kind: IdentifierKind) {
        var folder = TextFolder()
        let folded = folder.folded(value)
        var emails: [ArraySlice<UInt8>] = []
        IdentifierDetector.emails(in: folded) { emails.append($0) }
        let bare = folded.drop { $0 == UInt8(ascii: "@") }
        if emails.count == 1, emails[0].count == bare.count {
            addEmail(String(decoding: bare, as: UTF8.self))
        }
        let compact = IdentifierForms.compact(folded)
        let number = Array(compact.utf8)
        // Only separators may have been dropped: a sentence is no number.
        guard folded.filter({ !FoldedWord.isWordByte($0) }).count <= number.count / 3 else {
            return
        }
        for kind in NationalNumber.kinds(number) where kind.isUnmistakable {
            let rule = "recognised-\(kind.rawValue)"
            add(.nationalID, compact, rule: rule, .strong)
            add(.digits, compact, rule: rule, .strong)
            add(phrase: compact, .handle, rule: rule, .strong)
            addGroupings(kind, of: number, rule: rule)
        }
    }

    /// Keys and phrases: exactly as given; without separators and split where letters meet digits
    /// only likely.
    mutating func addCustomerID(_ value: String) {
        addForms(of: value, kind: .customerID, nil, .strong)
        let compact = Self.compact(value)
        guard value.utf8.count >= Self.codeByteCountMinimum else { return }
        add(phrase: value, .handle, rule: "customer-id-phrase", .strong)
        let text = String(decoding: compact, as: UTF8.self)
        guard compact.count >= Self.codeByteCountMinimum,
            compact.contains(where: IdentifierDetector.isDigit)
        else { return }
        for group in [PostingGroup.customerID, .subject] {
            add(group, "=" + text, rule: "customer-id-compact", .probable)
        }
        if compact.allSatisfy(IdentifierDetector.isDigit) {
            add(.digits, text, rule: "customer-id-compact", .probable)
        }
        add(phrase: text, .handle, rule: "customer-id-compact", .probable)
        add(phrase: value, .code, rule: "customer-id-compact", .probable)
        add(phrase: Self.split(compact), .code, rule: "customer-id-compact", .probable)
    }

    private mutating func addSpellings(of compact: [UInt8], given: String, rule: String) {
        let isNumber = compact.allSatisfy(IdentifierDetector.isDigit)
        // Numbers of up to 15 digits are posted in any spacing.
        guard !isNumber || compact.count > IdentifierDetector.digitCounts.upperBound,
            compact.count >= Self.codeByteCountMinimum
        else { return }
        add(phrase: given, .address, rule: rule, .strong)
        add(phrase: String(decoding: compact, as: UTF8.self), .handle, rule: rule, .strong)
        if !isNumber { add(phrase: Self.split(compact), .code, rule: rule, .strong) }
        // In fours, as IBAN and cards are printed.
        if compact.count >= 12 { add(phrase: Self.grouped(compact), .code, rule: rule, .strong) }
    }

    private mutating func addGroupings(_ kind: NationalNumber, of compact: [UInt8], rule: String) {
        for counts in kind.groupings where counts.reduce(0, +) == compact.count {
            var parts: [String] = []
            var start = 0
            for count in counts {
                parts.append(String(decoding: compact[start..<(start + count)], as: UTF8.self))
                start += count
            }
            add(phrase: parts.joined(separator: " "), .code, rule: rule, .strong)
        }
        if kind == .iban { add(phrase: Self.grouped(compact), .code, rule: rule, .strong) }
    }

    private static func compact(_ value: String) -> [UInt8] {
        var folder = TextFolder()
        return folder.folded(value).filter(FoldedWord.isWordByte)
    }

    private static func grouped(_ compact: [UInt8]) -> String {
        stride(from: 0, to: compact.count, by: 4).map {
            String(decoding: compact[$0..<min($0 + 4, compact.count)], as: UTF8.self)
        }.joined(separator: " ")
    }

    /// `k4711` as `k 4711`.
    private static func split(_ compact: [UInt8]) -> String {
        var result: [UInt8] = []
        for byte in compact {
            if let last = result.last,
                IdentifierDetector.isDigit(last) != IdentifierDetector.isDigit(byte)
            {
                result.append(32)
            }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
