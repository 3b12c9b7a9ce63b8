import Domain

/// The normal forms under which an identifier is stored and looked up.
///
/// A value may have several forms (a telephone number with and without its country code); two
/// values name the same thing if they share one. The hash of a request's `sha256` identifier is
/// the hash of one of these forms: e-mail lower case; telephone and national number digits only
/// (telephone also with `+`); date `1984-12-31`; names lower case with single spaces, with and
/// without diacritics; others as given or lower case.
enum IdentifierForms {
    static func forms(_ kind: IdentifierKind, _ value: String) -> [String] {
        var folder = TextFolder()
        let folded = folder.folded(value)
        let foldedText = String(decoding: folded, as: UTF8.self)
        let trimmed = collapsed(value)
        let forms: [String]
        switch kind {
        case .email: forms = emailForms(folded, foldedText) + [trimmed.lowercased()]
        case .phone: forms = phoneForms(folded)
        case .nationalID: forms = [compact(folded)]
        case .dateOfBirth: forms = dateForms(folded)
        case .name: forms = [foldedText, trimmed.lowercased(), trimmed]
        case .address:
            let words = FoldedWord.all(in: folded).map {
                String(decoding: folded[$0.range], as: UTF8.self)
            }
            forms = [words.joined(separator: " "), trimmed.lowercased(), trimmed]
        case .username, .customerID:
            forms = [foldedText, trimmed.lowercased(), trimmed]
        case .text: forms = [foldedText]
        case .recordID: forms = [trimmed]
        }
        return distinct(forms)
    }

    /// The form a declared value has in `CorpusRecord.values`; nil if it cannot be one.
    static func canonical(_ kind: IdentifierKind, _ value: String) -> String? {
        var folder = TextFolder()
        let trimmed = collapsed(value)
        guard !trimmed.isEmpty else { return nil }
        switch kind {
        case .email: return trimmed.lowercased()
        case .phone:
            let digits = folder.folded(trimmed).filter(IdentifierDetector.isDigit)
            return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
        case .nationalID:
            let plain = trimmed.unicodeScalars.filter { !" -./".unicodeScalars.contains($0) }
            return plain.isEmpty ? nil : String(String.UnicodeScalarView(plain))
        case .dateOfBirth:
            let dates = dateForms(folder.folded(trimmed))
            return dates.count == 1 ? dates.first : nil
        default: return trimmed
        }
    }

    private static func emailForms(_ folded: [UInt8], _ text: String) -> [String] {
        var first: String?
        IdentifierDetector.emails(in: folded) {
            if first == nil { first = String(decoding: $0, as: UTF8.self) }
        }
        return [first ?? text]
    }

    private static func phoneForms(_ folded: [UInt8]) -> [String] {
        let digits = String(decoding: folded.filter(IdentifierDetector.isDigit), as: UTF8.self)
        guard !digits.isEmpty else { return [] }
        let isInternational = folded.first == UInt8(ascii: "+")
        let forms = PhoneNumber.forms(digits: digits, isInternational: isInternational)
        return isInternational || forms.count > 1 ? forms + forms.prefix(1).map { "+" + $0 } : forms
    }

    /// Letters and digits only, lower case.
    private static func compact(_ folded: [UInt8]) -> String {
        String(decoding: folded.filter(FoldedWord.isWordByte), as: UTF8.self)
    }

    private static func dateForms(_ folded: [UInt8]) -> [String] {
        var dates: [String] = []
        DateDetector.dates(in: folded) { dates.append($0) }
        return distinct(dates)
    }

    /// White space trimmed and collapsed to single spaces.
    static func collapsed(_ text: String) -> String {
        // Most values are plain words; asking Unicode about each character is slow.
        if text.utf8.allSatisfy({ (33...126).contains($0) }) { return text }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func distinct(_ forms: [String]) -> [String] {
        var result: [String] = []
        for form in forms where !form.isEmpty {
            if !result.contains(where: { $0.utf8.elementsEqual(form.utf8) }) { result.append(form) }
        }
        return result
    }
}
