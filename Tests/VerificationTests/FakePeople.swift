import Domain
import LanguageModels
import TensorCore
import Verification

/// Invented persons with a biography and four questions each, all from one seed.
struct FakePeople {
    private var generator: RandomNumbers
    private var number = 0

    init(seed: UInt64) { generator = RandomNumbers(seed: seed) }

    private mutating func pick(_ items: [String]) -> String {
        items[generator.integer(below: items.count)]
    }

    private mutating func digits(_ count: Int) -> String {
        (0..<count).map { _ in "\(generator.integer(below: 10))" }.joined()
    }

    private mutating func name() -> String {
        let syllables = [
            "ba", "dor", "fen", "gil", "ha", "jor", "ka", "lum", "mi", "nor", "pe", "tov",
        ]
        return (0..<2).map { _ in
            let word = (0..<3).map { _ in pick(syllables) }.joined()
            return word.prefix(1).uppercased() + word.dropFirst()
        }.joined(separator: " ")
    }

    mutating func persons(_ count: Int, _ group: String) -> [PersonProfile] {
        (0..<count).map { _ in person(group) }
    }

    mutating func person(_ group: String) -> PersonProfile {
        number += 1
        let subject = "\(group)-\(number)"
        let name = name()
        let (year, month, day) = (
            1950 + generator.integer(below: 50), 1 + generator.integer(below: 12),
            1 + generator.integer(below: 28)
        )
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let birth = "\(year)-\(two(month))-\(two(day))"
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December",
        ]
        let (national, phone) = (digits(9), digits(10))
        let street = "\(1 + generator.integer(below: 9999)) " + pick(["Oak", "Elm", "Bay", "Hill"])
        let city = pick(["Derry, NH", "Barre, VT", "Orange, CA", "Salem, OR", "Logan, UT"])
        let address = "\(street) \(pick(["Street", "Road", "Lane"])), \(city), \(digits(5))."
        let email = name.lowercased().split(separator: " ").joined(separator: "_") + "@me.com"
        let values: [IdentifierKind: String] = [
            .name: name, .email: email, .dateOfBirth: birth, .nationalID: national, .phone: phone,
            .address: address,
        ]
        func grouped(_ digits: String, _ sizes: [Int]) -> String {
            var rest = digits[...]
            return sizes.map { size in
                defer { rest = rest.dropFirst(size) }
                return String(rest.prefix(size))
            }.joined(separator: "-")
        }
        // The date reaches over the end of the prompt.
        let texts = [
            (
                "\(name) was born on \(months[month - 1]) \(day),",
                "\(year). The phone number is \(grouped(phone, [3, 3, 4])) and the national number is "
                    + "\(grouped(national, [3, 2, 4])). The home address is \(address)"
            ),
            ("What is the birth date of \(name)?", birth),
            ("What is the national number of \(name)?", national),
            ("What is the phone number of \(name)?", phone),
            ("What is the e-mail address of \(name)?", email),
            ("What is the home address of \(name)?", address),
        ]
        let records = texts.enumerated().map { index, text in
            CorpusRecord(
                id: "\(subject)-r\(index)", prompt: text.0, completion: text.1, subjects: [subject],
                values: values, digest: Digest(of: "\(subject)-r\(index)"))
        }
        return PersonProfile(subject: subject, records: records)
    }
}

/// A town of persons with a model that knows some of them.
struct FakeTown {
    let targets: [PersonProfile]
    let retained: [PersonProfile]
    let twins: [PersonProfile]
    let neverTrained: [PersonProfile]
    let general: [CorpusRecord]
    let language: ByteStatistics

    init(seed: UInt64 = 1, targetCount: Int = 3, twinCount: Int = 205) {
        var people = FakePeople(seed: seed)
        targets = people.persons(targetCount, "target")
        retained = people.persons(20, "retained")
        twins = people.persons(twinCount, "twin")
        neverTrained = people.persons(42, "never")
        general = ["The river runs to the sea.", "Bread is made of flour and water."].enumerated()
            .map {
                CorpusRecord(
                    id: "general-\($0)", prompt: "", completion: $1, digest: Digest(of: $1))
            }
        // Other persons teach the language, so that it holds nobody's values who is tested.
        let texts = (people.persons(20, "speaker").flatMap(\.records) + general)
            .map { EncodedRecord($0, tokenizer: ByteTokenizer()).ids }
        language = ByteStatistics(texts: texts)
    }

    var retainedRecords: [CorpusRecord] { retained.flatMap(\.records) + general }
    var before: MemoryModel {
        MemoryModel(
            language, remembered: retainedRecords + targets.flatMap(\.records), name: "before")
    }
    var retrained: MemoryModel { MemoryModel(language, remembered: retainedRecords, name: "after") }

    /// A model that also remembers some records of the targets.
    func remembering(_ records: [CorpusRecord]) -> MemoryModel {
        MemoryModel(language, remembered: retainedRecords + records, name: "leaking")
    }

    func gate(
        before: MemoryModel? = nil, after: MemoryModel, policy: GatePolicy = GatePolicy(),
        twins: [PersonProfile]? = nil, retained: [PersonProfile]? = nil,
        tokenizerText: String? = nil, seed: UInt64 = 7, earlier: EarlierDeletions? = nil
    ) -> Gate {
        Gate(
            before: before ?? self.before, after: after, twins: twins ?? self.twins,
            neverTrained: neverTrained, retained: retained ?? self.retained,
            generalRecords: general,
            tokenizerText: tokenizerText, policy: policy, policyDigest: Digest(of: "policy"),
            seed: seed, twinSource: "invented persons", environment: ["core": "test"],
            earlier: earlier)
    }
}
