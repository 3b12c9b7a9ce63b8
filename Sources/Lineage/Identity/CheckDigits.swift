/// Check-digit formulas of national and payment numbers. Digits are ASCII bytes; what is no digit
/// makes a formula fail.
package enum CheckDigits {
    private static func values(_ digits: some Sequence<UInt8>) -> [Int]? {
        var values: [Int] = []
        for byte in digits {
            guard IdentifierDetector.isDigit(byte) else { return nil }
            values.append(Int(byte) - 48)
        }
        return values.isEmpty ? nil : values
    }

    /// ISO/IEC 7812-1, annex B: payment cards, and others.
    package static func luhn(_ digits: some Collection<UInt8>) -> Bool {
        var sum = 0
        var doubles = digits.count % 2 == 0
        for byte in digits {
            guard IdentifierDetector.isDigit(byte) else { return false }
            let value = Int(byte) - 48
            sum += doubles ? (value > 4 ? value * 2 - 9 : value * 2) : value
            doubles.toggle()
        }
        return sum % 10 == 0 && !digits.isEmpty
    }

    /// ISO/IEC 7064 MOD 97-10 over letters (a = 10) and digits, as in IBAN (ISO 13616): the first
    /// four characters count last.
    static func iban(_ text: [UInt8]) -> Bool {
        guard text.count > 4 else { return false }
        var rest = 0
        for byte in text[4...] + text[..<4] {
            switch byte {
            case 48...57: rest = (rest * 10 + Int(byte) - 48) % 97
            case 97...122: rest = (rest * 100 + Int(byte) - 87) % 97
            default: return false
            }
        }
        return rest == 1
    }

    /// Verhoeff (1969), on the dihedral group of order ten: India's Aadhaar.
    package static func verhoeff(_ digits: [UInt8]) -> Bool {
        guard let values = values(digits) else { return false }
        var check = 0
        for (place, value) in values.reversed().enumerated() {
            check = product(check, permuted(value, times: place % 8))
        }
        return check == 0
    }

    private static let permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

    private static func permuted(_ value: Int, times: Int) -> Int {
        var value = value
        for _ in 0..<times { value = permutation[value] }
        return value
    }

    /// Rotations are 0...4, reflections 5...9.
    private static func product(_ left: Int, _ right: Int) -> Int {
        switch (left < 5, right < 5) {
        case (true, true): (left + right) % 5
        case (true, false): 5 + (left + right) % 5
        case (false, true): 5 + (left - right + 5) % 5
        case (false, false): (left - right + 5) % 5
        }
    }

    /// ISO/IEC 7064 MOD 11,10: the German tax number.
    static func mod11and10(_ digits: [UInt8]) -> Bool {
        guard let values = values(digits), let last = values.last else { return false }
        var product = 10
        for value in values.dropLast() {
            let sum = (value + product) % 10
            product = (sum == 0 ? 10 : sum) * 2 % 11
        }
        return (11 - product) % 10 == last
    }

    /// Weighted sum modulo a number: zero for valid ones.
    static func weighted(_ digits: [UInt8], _ weights: [Int], modulo: Int) -> Bool {
        guard let values = values(digits), values.count == weights.count else { return false }
        return zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } % modulo == 0
    }

    /// Brazil's CPF: two check digits, each over all digits before it.
    static func cpf(_ digits: [UInt8]) -> Bool {
        guard let values = values(digits), values.count == 11, Set(values).count > 1 else {
            return false
        }
        return [9, 10].allSatisfy { count in
            let sum = values[..<count].enumerated()
                .reduce(0) { $0 + $1.element * (count + 1 - $1.offset) }
            return sum * 10 % 11 % 10 == values[count]
        }
    }

    /// Spain's control letter, by the number modulo 23.
    static func dniLetter(_ digits: [UInt8]) -> UInt8? {
        guard let values = values(digits) else { return nil }
        let letters = Array("trwagmyfpdxbnjzsqvhlcke".utf8)
        return letters[values.reduce(0) { $0 * 10 + $1 } % 23]
    }

    /// China's resident number (GB 11643): ISO/IEC 7064 MOD 11-2, `x` standing for ten.
    static func mod11x2(_ text: [UInt8]) -> Bool {
        guard text.count == 18, let values = values(text.dropLast()), let last = text.last else {
            return false
        }
        let rest = values.reduce(0) { ($0 + $1) * 2 % 11 }
        let check = (12 - rest) % 11
        return last == (check == 10 ? UInt8(ascii: "x") : UInt8(48 + check))
    }

    /// Italy's codice fiscale: the sixteenth character by the odd and even ones before it.
    static func codiceFiscale(_ text: [UInt8]) -> Bool {
        let odd =
            [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10]
            + [22, 25, 24, 23]
        guard text.count == 16 else { return false }
        var sum = 0
        for (index, byte) in text.dropLast().enumerated() {
            let value: Int
            switch byte {
            case 48...57: value = Int(byte) - 48
            case 97...122: value = Int(byte) - 97
            default: return false
            }
            sum += index % 2 == 0 ? odd[value] : value
        }
        return Int(text[15]) - 97 == sum % 26
    }
}
