/// Numbers that name one person, told by their shape and check digits.
///
/// The shapes are those of the issuing authorities; a number that fits none is still looked up.
package enum NationalNumber: String, CaseIterable, Sendable {
    case paymentCard = "payment-card"
    case iban, ssn, aadhaar, nir, dni, nie, bsn, nino, pesel, cpf
    case germanTaxNumber = "german-tax-number"
    case codiceFiscale = "codice-fiscale"
    case chineseResidentNumber = "chinese-resident-number"

    /// What a number may be. Few digits alone fit many shapes; callers decide what that says.
    /// - Parameter compact: letters and digits only, lower case.
    package static func kinds(_ compact: [UInt8]) -> [NationalNumber] {
        allCases.filter { $0.fits(compact) }
    }

    /// Whether a number that fits can hardly be anything else, wherever it is given: by its
    /// letters or at least 15 digits beside the check digits.
    var isUnmistakable: Bool {
        switch self {
        case .paymentCard, .iban, .nir, .dni, .nie, .codiceFiscale, .chineseResidentNumber: true
        case .ssn, .aadhaar, .bsn, .nino, .pesel, .cpf, .germanTaxNumber: false
        }
    }

    private func fits(_ text: [UInt8]) -> Bool {
        let isNumber = text.allSatisfy(IdentifierDetector.isDigit)
        switch self {
        case .paymentCard:
            return isNumber && (15...19).contains(text.count)
                && (51...54).contains(text[0]) && CheckDigits.luhn(text)
        case .iban:
            return (15...34).contains(text.count) && Self.isShaped(text.prefix(4), "aa00")
                && CheckDigits.iban(text)
        case .ssn: return isNumber && text.count == 9 && Self.isSSN(text)
        case .aadhaar:
            return text.count == 12 && text[0] > 49 && CheckDigits.verhoeff(text)
        case .nir: return text.count == 15 && Self.isNIR(text)
        case .dni:
            return Self.isShaped(text[...], "00000000a")
                && CheckDigits.dniLetter(Array(text.dropLast())) == text.last
        case .nie:
            guard Self.isShaped(text[...], "a0000000a"), (120...122).contains(text[0]) else {
                return false
            }
            return CheckDigits.dniLetter([text[0] - 120 + 48] + text.dropFirst().dropLast())
                == text.last
        case .bsn:
            return CheckDigits.weighted(text, [9, 8, 7, 6, 5, 4, 3, 2, -1], modulo: 11)
                && text.contains { $0 != 48 }
        case .nino: return Self.isShaped(text[...], "aa000000a") && (97...100).contains(text[8])
        case .pesel:
            return CheckDigits.weighted(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], modulo: 10)
        case .cpf: return CheckDigits.cpf(text)
        case .germanTaxNumber:
            return text.count == 11 && text[0] != 48 && CheckDigits.mod11and10(text)
        case .codiceFiscale:
            return Self.isShaped(text.prefix(6), "aaaaaa") && CheckDigits.codiceFiscale(text)
        case .chineseResidentNumber: return CheckDigits.mod11x2(text)
        }
    }

    /// Social Security Administration: area not 000, 666; group not 00, serial not 0000. Areas
    /// from 900 name taxpayers (ITIN).
    private static func isSSN(_ text: [UInt8]) -> Bool {
        let area = text.prefix(3)
        return !area.elementsEqual("000".utf8) && !area.elementsEqual("666".utf8)
            && !text[3..<5].elementsEqual("00".utf8) && !text[5...].elementsEqual("0000".utf8)
    }

    /// INSEE: key = 97 - number mod 97; Corsica's 2A and 2B count as 19 and 18.
    private static func isNIR(_ text: [UInt8]) -> Bool {
        guard (49...56).contains(text[0]) else { return false }
        var number = Array(text.prefix(13))
        if number[5] == 50, number[6] == 97 || number[6] == 98 {
            number[6] = number[6] == 97 ? 57 : 56
            number[5] = 49
        }
        func value(_ digits: ArraySlice<UInt8>) -> Int? {
            Int(String(decoding: digits, as: UTF8.self))
        }
        guard number.allSatisfy(IdentifierDetector.isDigit), let body = value(number[...]),
            text.suffix(2).allSatisfy(IdentifierDetector.isDigit), let key = value(text[13...])
        else { return false }
        return 97 - body % 97 == key
    }

    /// - Parameter shape: `a` for a letter, `0` for a digit.
    private static func isShaped(_ text: ArraySlice<UInt8>, _ shape: String) -> Bool {
        text.count == shape.utf8.count
            && zip(text, shape.utf8).allSatisfy { byte, kind in
                kind == 48 ? IdentifierDetector.isDigit(byte) : (97...122).contains(byte)
            }
    }

    /// How the number is written in groups: counts of characters.
    var groupings: [[Int]] {
        switch self {
        case .paymentCard: [[4, 4, 4, 4], [4, 6, 5], [4, 4, 4, 4, 3]]
        case .iban: []
        case .ssn: [[3, 2, 4]]
        case .aadhaar: [[4, 4, 4]]
        case .nir: [[1, 2, 2, 2, 3, 3, 2], [13, 2]]
        case .dni: [[8, 1], [2, 3, 3, 1], [2, 3, 4]]
        case .nie: [[1, 7, 1], [1, 8], [8, 1]]
        case .bsn: [[4, 2, 3], [3, 3, 3]]
        case .nino: [[2, 2, 2, 2, 1], [2, 6, 1], [8, 1]]
        case .pesel: [[6, 5]]
        case .cpf: [[3, 3, 3, 2]]
        case .germanTaxNumber: [[2, 3, 3, 3]]
        case .codiceFiscale: [[3, 3, 5, 5], [6, 5, 5], [3, 3, 5, 4, 1]]
        case .chineseResidentNumber: [[6, 8, 4]]
        }
    }
}
