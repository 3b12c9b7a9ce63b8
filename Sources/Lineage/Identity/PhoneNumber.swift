/// Forms of a telephone number.
enum PhoneNumber {
    /// Country codes of one and two digits (ITU-T E.164, assigned zones); all others have three.
    private static let twoDigitCodes: Set<String> = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ]

    /// Trunk prefixes other than 0, by country code (ITU-T E.164, national dialling plans).
    private static let trunkPrefixes: [String: [String]] = [
        "7": ["8"], "36": ["06"], "52": ["01", "044", "045"], "370": ["8", "0"],
        "375": ["8", "80"], "993": ["8"],
    ]
    /// Italy keeps the 0 of its numbers after the country code.
    private static let codesKeepingZero: Set<String> = ["39"]

    /// The digits, and the ways in which the same number is dialled at home.
    /// - Returns: at least `digits`; with the country code first.
    static func forms(digits: String, isInternational: Bool) -> [String] {
        var digits = digits
        var international = isInternational
        if !international, digits.hasPrefix("00"), digits.utf8.count > 9 {
            digits.removeFirst(2)
            international = true
        }
        // Dialled from North America.
        if !international, digits.hasPrefix("011"), digits.utf8.count > 12 {
            digits.removeFirst(3)
            international = true
        }
        // North American numbers are written with their 1 and without a plus as well.
        if !international, digits.utf8.count == 11, digits.hasPrefix("1") { international = true }
        guard international else { return [digits] }
        let code = countryCode(digits)
        let rest = String(digits.dropFirst(code.utf8.count))
        guard rest.utf8.count >= 6 else { return [digits] }
        if code == "1" { return [digits, rest] }
        let prefixes = trunkPrefixes[code] ?? ["0"]
        var forms = [digits, rest] + prefixes.map { $0 + rest }
        // `+49 (0)30 1234567` keeps the prefix that is dialled at home only.
        if rest.hasPrefix("0"), !codesKeepingZero.contains(code) {
            forms += [code + rest.dropFirst(), String(rest.dropFirst())]
        }
        return forms
    }

    private static func countryCode(_ digits: String) -> String {
        let count =
            digits.hasPrefix("1") || digits.hasPrefix("7")
            ? 1 : twoDigitCodes.contains(String(digits.prefix(2))) ? 2 : 3
        return String(digits.prefix(count))
    }

    struct Written {
        var digits: String
        let isInternational: Bool
    }

    private static let digitCountMinimum = 7

    /// The numbers in a value, without their extensions: after seven digits a letter, `#` or `;`
    /// ends a number (`ext. 12`, `x12`, `;ext=12`). Too short a rest is such an extension.
    static func all(in folded: [UInt8]) -> [Written] {
        var numbers: [Written] = []
        var digits: [UInt8] = []
        var hasPlus = false
        func close() {
            if digits.count >= digitCountMinimum || (numbers.isEmpty && !digits.isEmpty) {
                numbers.append(
                    Written(
                        digits: String(decoding: digits, as: UTF8.self), isInternational: hasPlus))
            }
            digits = []
            hasPlus = false
        }
        for byte in folded {
            if IdentifierDetector.isDigit(byte) {
                digits.append(byte)
            } else if byte == UInt8(ascii: "+") {
                if digits.count >= digitCountMinimum { close() }
                if digits.isEmpty { hasPlus = true }
            } else if digits.count >= digitCountMinimum,
                FoldedWord.isWordByte(byte) || byte == UInt8(ascii: "#")
                    || byte == UInt8(ascii: ";")
            {
                close()
            }
        }
        if numbers.isEmpty || digits.count >= digitCountMinimum { close() }
        return numbers
    }
}

extension IdentityClosure {
    /// Keys: E.164 digits with and without `+`, and as dialled at home. All are the person's; only
    /// a number without its trunk prefix may be read otherwise.
    mutating func addPhone(_ value: String) {
        var folder = TextFolder()
        for number in PhoneNumber.all(in: folder.folded(value)) {
            let forms = PhoneNumber.forms(
                digits: number.digits, isInternational: number.isInternational)
            for (index, form) in forms.enumerated() {
                addNumber(form, rule: index == 0 ? "phone" : "phone-national", .strong)
            }
            if number.isInternational || forms.count > 1, let first = forms.first {
                addNumber("+" + first, rule: "phone", .strong)
                addNumber(number.digits, rule: "phone", .strong)
            } else if number.digits.utf8.count == 10, !number.digits.hasPrefix("0") {
                addNumber("1" + number.digits, rule: "phone-country-code", .strong)
            } else if number.digits.hasPrefix("0"), number.digits.utf8.count >= 9 {
                addNumber(
                    String(number.digits.dropFirst()), rule: "phone-without-trunk", .probable)
            }
        }
    }

    private mutating func addNumber(_ form: String, rule: String, _ strength: MatchStrength) {
        add(.phone, form, rule: rule, strength)
        add(.digits, form, rule: rule, strength)
    }
}
