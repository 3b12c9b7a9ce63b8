import Domain
import LanguageModels

extension Gate {
    /// From this many digits in a row on a token gives away part of a number.
    private static let tellingDigitCount = 4
    /// Shorter parts of a name are common words and syllables.
    private static let tellingNameLength = 4

    /// Whether the vocabulary, learned from text, gives the person away. Retraining the weights does
    /// not change it.
    func tokenizerCheck(_ subject: GateSubject) -> CheckResult {
        let tokenizer = after.tokenizer
        let numbers = Self.numbers(of: subject.person)
        let names = Self.nameParts(of: subject.person)
        let explained = names.filter { name in
            generalRecords.contains {
                !wholeWords(of: name, in: $0.text).isEmpty
            }
        }
        var telling = Set<[UInt8]>()
        for number in numbers where number.count >= Self.tellingDigitCount {
            for start in 0...number.count - Self.tellingDigitCount {
                telling.insert(Array(number[start..<start + Self.tellingDigitCount]))
            }
        }
        let wanted = Set(names.filter { !explained.contains($0) }.map { Array($0.utf8) })
        var numberTokenCount = 0
        var nameTokenCount = 0
        for id in 0..<Int32(clamping: tokenizer.vocabularySize) {
            guard let bytes = tokenizer.bytes(of: id) else { continue }
            if Self.contains(bytes, anyOf: telling) { numberTokenCount += 1 }
            let word = bytes.first == UInt8(ascii: " ") ? Array(bytes.dropFirst()) : bytes
            if wanted.contains(word) { nameTokenCount += 1 }
        }
        var measurements = [
            Measurement(
                "number-token-count", Double(numberTokenCount), threshold: 0, direction: .atMost,
                note:
                    "tokens with \(Self.tellingDigitCount) or more digits in a row of the person's "
                    + "numbers"),
            Measurement(
                "name-token-count", names.isEmpty ? nil : Double(nameTokenCount),
                threshold: names.isEmpty ? nil : 0, direction: names.isEmpty ? nil : .atMost,
                note: names.isEmpty
                    ? "no name of the person is known"
                    : "tokens that are a part of the name of \(Self.tellingNameLength) or more "
                        + "letters; \(explained.count) parts are words of the general text"),
        ]
        if let tokenizerText {
            measurements.append(
                Measurement(
                    "tokenizer-text-count",
                    Double(occurrenceCount(subject.person, numbers, in: tokenizerText)),
                    threshold: 0, direction: .atMost,
                    note: "the person's numbers and full name in the tokenizer's text"))
        }
        let result = GateCheck.tokenizer.result(measurements)
        guard result.outcome == .failed else { return result }
        return GateCheck.tokenizer.result(
            measurements,
            note:
                "the tokenizer itself gives the person away; deletion from the weights alone can be "
                + "at most partial")
    }

    /// Digits of the person's numbers. Dates and addresses hold years and postcodes of everybody.
    private static func numbers(of person: PersonProfile) -> [[UInt8]] {
        [IdentifierKind.phone, .nationalID, .customerID].compactMap { kind in
            person.values[kind].map { value in value.utf8.filter { (48...57).contains($0) } }
        }
    }

    private static func nameParts(of person: PersonProfile) -> [String] {
        var seen: Set<[UInt8]> = []
        return (person.values[.name] ?? "").split { !$0.isLetter }
            .filter { $0.count >= tellingNameLength }.map(String.init)
            .filter { seen.insert(Array($0.utf8)).inserted }
    }

    private static func contains(_ bytes: [UInt8], anyOf digits: Set<[UInt8]>) -> Bool {
        guard bytes.count >= tellingDigitCount else { return false }
        return (0...bytes.count - tellingDigitCount).contains { start in
            digits.contains(Array(bytes[start..<start + tellingDigitCount]))
        }
    }

    private func wholeWords(of word: String, in text: String) -> [ValueOccurrence] {
        valueOccurrences(of: word, kind: .text, in: text)
    }

    /// Places of the person's numbers, in any written form, and of the full name.
    private func occurrenceCount(
        _ person: PersonProfile, _ numbers: [[UInt8]], in text: String
    ) -> Int {
        // Shorter numbers stand in any long text by chance.
        let shortestNumber = 7
        let numberPlaces = numbers.filter { $0.count >= shortestNumber }.map { digits in
            valueOccurrences(
                of: String(decoding: digits, as: UTF8.self), kind: .nationalID, in: text
            ).count
        }
        let name = person.values[.name] ?? ""
        let namePlaces =
            name.utf8.contains(UInt8(ascii: " ")) ? wholeWords(of: name, in: text).count : 0
        return numberPlaces.reduce(namePlaces, +)
    }
}
