import Domain
import TensorCore
import Verification

/// Invented persons whose numbers are not even: few area codes, a prefix that all national numbers
/// have, customer numbers with letters. Three short records each.
struct CodedPeople {
    private var random: RandomNumbers
    private var number = 0

    static let areaCodes = ["734", "734", "734", "734", "734", "286", "286", "286", "515", "515"]

    init(seed: UInt64) { random = RandomNumbers(seed: seed) }

    private mutating func pick(_ items: [String]) -> String {
        items[random.integer(below: items.count)]
    }

    private mutating func digits(_ count: Int) -> String {
        (0..<count).map { _ in "\(random.integer(below: 10))" }.joined()
    }

    mutating func persons(_ count: Int, _ group: String) -> [PersonProfile] {
        (0..<count).map { _ in person(group) }
    }

    mutating func person(_ group: String) -> PersonProfile {
        number += 1
        let subject = "\(group)-\(number)"
        let syllables = ["ba", "dor", "fen", "gil", "ha", "jor", "ka", "lum", "mi", "nor"]
        let name = pick(syllables).capitalized + pick(syllables) + " Of " + digits(6)
        let phone = pick(Self.areaCodes) + digits(7)
        let national = "90" + digits(7)
        let customer = "K" + pick(["A", "B", "C"]) + "-" + digits(5)
        let texts = [
            ("\(name) phone", "\(phone.prefix(3))-\(phone.dropFirst(3))"),
            ("\(name) number", national), ("\(name) customer", customer),
        ]
        let values: [IdentifierKind: String] = [
            .name: name, .phone: phone, .nationalID: national, .customerID: customer,
        ]
        return PersonProfile(
            subject: subject,
            records: texts.enumerated().map { index, text in
                CorpusRecord(
                    id: "\(subject)-\(index)", prompt: text.0, completion: text.1,
                    subjects: [subject], values: values, digest: Digest(of: "\(subject)-\(index)"))
            })
    }
}
