import Domain
import Foundation

extension SuppressionList {
    /// Looks for erased people in shards of any known form, in constant memory, before anything is
    /// trained on them.
    /// - Returns: in the order of files and lines; one hit for every rule and case of a record.
    /// - Throws: those of a shard's form and lines; `interrupted`.
    package func screen(
        _ files: [URL], context: WorkContext = WorkContext()
    ) throws -> [SuppressionHit] {
        var hits: [SuppressionHit] = []
        for (number, file) in files.enumerated() {
            context.progress("screen", number, of: files.count)
            var screener = RecordScreener(self)
            try readShardLines(of: file) { line in
                if line.number % 1024 == 1 { try context.checkCancellation() }
                let record = try RecordLine(line.bytes, path: file.path, line: line.number)
                for entry in screener.hits(record) {
                    hits.append(
                        SuppressionHit(
                            file: file.path, line: line.number, recordID: record.id,
                            rule: entry.rule, caseID: entry.caseID))
                }
            }
        }
        context.progress("screen", files.count, of: files.count)
        return hits
    }
}

/// Compares one record after the other with the list.
private struct RecordScreener {
    private let list: SuppressionList
    private let keys: SuppressionKeys
    private var folder = TextFolder()
    private var scanner = TextKeyScanner()

    init(_ list: SuppressionList) {
        self.list = list
        keys = list.keys
    }

    /// What the record is held back by, sorted by rule and case.
    mutating func hits(_ record: RecordLine) -> [SuppressionList.Entry] {
        guard !list.isEmpty else { return [] }
        let folded = folder.folded(record.text)
        let words = FoldedWord.all(in: folded)
        var found: [SuppressionList.Entry] = []
        func look(_ key: Data) { found += list.entries(key) }
        var dates = record.values.filter { $0.kind == .dateOfBirth }.map(\.value)
        scanner.scan(folded) { group, form in
            switch group {
            // However an address is spelled, it is listed as itself.
            case .obfuscatedEmail: look(keys.key.posting(.email, form: form))
            case .digits:
                if SuppressionKeys.isLong(form) { look(keys.key.posting(group, form: form)) }
            case .dateOfBirth: dates.append(String(decoding: form, as: UTF8.self))
            default: look(keys.key.posting(group, form: form))
            }
        }
        handles(in: folded, look)
        lettered(in: folded, words, look)
        for (kind, value) in record.values { declared(kind, value, look) }
        for subject in record.subjects {
            for form in IdentifierForms.forms(.customerID, subject) {
                look(keys.key.posting(.subject, form: form))
            }
        }
        pairs(record, folded, words, dates, look)
        if let text = keys.text(folded, words) { look(text) }
        return distinct(found.filter { $0.rule != .birthPart })
    }

    /// `@name` where it is no part of an e-mail address.
    private func handles(in folded: [UInt8], _ look: (Data) -> Void) {
        func belongs(_ byte: UInt8) -> Bool {
            FoldedWord.isWordByte(byte) || byte == 95 || byte == 45 || byte == 46
        }
        for at in folded.indices where folded[at] == UInt8(ascii: "@") {
            if at > 0, belongs(folded[at - 1]) { continue }
            var end = at + 1
            while end < folded.count, belongs(folded[end]) { end += 1 }
            while end > at + 1, folded[end - 1] == 45 || folded[end - 1] == 46 { end -= 1 }
            guard end - at > SuppressionKeys.handleByteCountMinimum else { continue }
            look(keys.key.posting(.username, form: folded[(at + 1)..<end]))
        }
    }

    /// Numbers with letters in them, written in up to six groups: `QQ 12 34 56 C`.
    private func lettered(in folded: [UInt8], _ words: [FoldedWord], _ look: (Data) -> Void) {
        let digitCounts = words.map { folded[$0.range].count(where: IdentifierDetector.isDigit) }
        guard digitCounts.reduce(0, +) >= 4 else { return }
        for first in words.indices {
            let reach = min(words.count, first + 6)
            guard digitCounts[first..<reach].contains(where: { $0 > 0 }) else { continue }
            var form: [UInt8] = []
            var digitCount = 0
            for place in first..<reach {
                if place > first,
                    words[place].range.lowerBound - words[place - 1].range.upperBound > 1
                {
                    break
                }
                form += folded[words[place].range]
                digitCount += digitCounts[place]
                if form.count > 20 { break }
                if form.count >= 7, digitCount >= 4, digitCount < form.count {
                    look(keys.key.posting(.nationalID, form: form))
                }
            }
        }
    }

    private func declared(_ kind: IdentifierKind, _ value: String, _ look: (Data) -> Void) {
        guard SuppressionKeys.rule(kind) != nil else { return }
        for key in keys.keys(PersonalIdentifier(kind: kind, value: value)) { look(key) }
    }

    /// Names are asked for only beside a date of birth that is on the list: a text has far more
    /// possible names than dates.
    private func pairs(
        _ record: RecordLine, _ folded: [UInt8], _ words: [FoldedWord], _ dates: [String],
        _ look: (Data) -> Void
    ) {
        let listed = Set(dates).sorted().filter { date in
            list.entries(keys.key.posting(.dateOfBirth, form: date))
                .contains { $0.rule == .birthPart }
        }
        for date in listed {
            for (kind, value) in record.values where kind == .name {
                for key in keys.keys(name: value, birth: date).pairs { look(key) }
            }
            for first in words.indices {
                for count in SuppressionKeys.nameWordCounts where first + count <= words.count {
                    look(
                        keys.pair(
                            words[first..<first + count].map { Array(folded[$0.range]) }, date))
                }
            }
        }
    }

    private func distinct(_ entries: [SuppressionList.Entry]) -> [SuppressionList.Entry] {
        var seen = Set<String>()
        return entries.filter { seen.insert("\($0.rule.rawValue)\u{0}\($0.caseID)").inserted }
            .sorted { ($0.rule.rawValue, $0.caseID) < ($1.rule.rawValue, $1.caseID) }
    }
}
