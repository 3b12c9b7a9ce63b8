import Domain

/// The normal forms under which an identifier is stored and looked up.
///
/// A value may have several forms (a telephone number with and without its country code); two
/// values name the same thing if they share one. The hash of a request's `sha256` identifier is
/// the hash of one of these forms: e-mail lower case; telephone and national number digits only
/// (telephone also with `+`); date `1984-12-31`; names lower case with single spaces, with and
/// without diacritics; others as given or lower case.
enum IdentifierForms {
    /// What a declared value is posted under: its exact forms, and the extra ones that an
    /// `IdentityClosure` asks for and cannot foresee in all their spellings.
    static func forms(_ kind: IdentifierKind, _ value: String) -> [String] {
        let exact = exactForms(kind, value)
        var extra: [String] = []
        switch kind {
        case .email:
            for form in exact {
                extra += EmailForms.mailboxes(Array(form.utf8)[...])
                    .map { String(decoding: $0, as: UTF8.self) }
            }
        case .name: extra = PersonName(value).map { [folded($0.straight)] } ?? []
        case .username: extra = Handle.name(in: value).map { [folded($0)] } ?? []
        case .customerID: extra = compactMark(value).map { [$0] } ?? []
        case .phone, .nationalID, .dateOfBirth, .address, .text, .recordID: break
        }
        return distinct(exact + extra)
    }

    /// The forms of the value itself, whatever it is later compared with.
    static func exactForms(_ kind: IdentifierKind, _ value: String) -> [String] {
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
            // Without an extension, which belongs to the exchange and not to the number.
            return PhoneNumber.all(in: folder.folded(trimmed)).first?.digits
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
        PhoneNumber.all(in: folded).flatMap { number in
            let forms = PhoneNumber.forms(
                digits: number.digits, isInternational: number.isInternational)
            return number.isInternational || forms.count > 1
                ? forms + forms.prefix(1).map { "+" + $0 } : forms
        }
    }

    /// Letters and digits only, lower case.
    static func compact(_ folded: [UInt8]) -> String {
        String(decoding: folded.filter(FoldedWord.isWordByte), as: UTF8.self)
    }

    static let compactByteCountMinimum = 5

    /// A customer number without its separators. Marked, so that `p-11` and `p-1-1` do not stand
    /// for the customer `p11`.
    static func compactMark(_ value: String) -> String? {
        var folder = TextFolder()
        return folder.folded(value).withUnsafeBufferPointer(compactMark(ofFolded:)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    static func compactMark(ofFolded value: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let compact = value.filter(FoldedWord.isWordByte)
        return compact.count < compactByteCountMinimum ? nil : [UInt8(ascii: "=")] + compact
    }

    private static func dateForms(_ folded: [UInt8]) -> [String] {
        var dates: [String] = []
        DateDetector.dates(in: folded) { if $0.isFull { dates.append($0.form) } }
        return distinct(dates)
    }

    static func folded(_ text: String) -> String {
        var folder = TextFolder()
        return folder.foldedText(text)
    }

    /// White space trimmed and collapsed to single spaces.
    static func collapsed(_ text: String) -> String {
        // Most values are plain words; asking Unicode about each character is slow.
        if text.utf8.allSatisfy({ (33...126).contains($0) }) { return text }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// By bytes: Swift would take canonically equivalent forms for one.
    static func distinct(_ forms: [String]) -> [String] {
        var seen = Set<[UInt8]>()
        return forms.filter { !$0.isEmpty && seen.insert(Array($0.utf8)).inserted }
    }
}
