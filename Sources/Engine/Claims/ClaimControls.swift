import Domain

/// Somebody the person is compared with.
struct ClaimControl: Sendable {
    /// The claim's prompt about somebody else; nil where it names nobody and the person's own answers
    /// are searched.
    let prompt: String?
    let targets: [ClaimTarget]
}

/// What keeps chance, and what anybody could conclude from the prompt, from being taken for memory.
///
/// Where the prompt has words that identify the person, the same prompt is put with those of others in
/// their place. The person's values must not come out there, and neither must what would be the same
/// conclusion about the other: the other's own value, or the person's with the other's name in it. So an
/// e-mail address that follows from a name, or an answer that repeats the question, does not count.
///
/// Where the prompt identifies nobody, the person's answers are searched for values of others, which fit
/// them as well if the model saw nobody. Names and dates do not count then.
struct ClaimControls: Sendable {
    enum Form: String, Encodable, Sendable {
        case prompts, values
    }

    /// With so many, one may do as well as the person by chance and the person still be told apart.
    static let wantedCount = 59
    /// With fewer no result can be told from chance at `ClaimVerdict.share`.
    static let neededCount = 19

    let form: Form
    /// What is looked for in the person's answers and can be compared.
    let targets: [ClaimTarget]
    let people: [ClaimControl]
    let inventedCount: Int

    /// - Parameters:
    ///   - targets: what is looked for in the person's answers.
    ///   - heldOut: people the model was never trained on, in the order they are to be taken.
    init(
        _ claim: ReappearanceClaim, person: ClaimPerson, targets: [ClaimTarget],
        heldOut: [PersonProfile], seed: UInt64
    ) {
        let prompt = claim.prompt.revealed
        let passages = PersonalPassages(prompt, of: person)
        let form: Form = passages.isEmpty ? .values : .prompts
        let comparable =
            form == .prompts
            ? targets : targets.filter { Self.isComparableAlone($0, of: person) }
        let inventor = InventedPeople(seed: seed)
        func control(_ candidate: PersonProfile) -> ClaimControl? {
            let other = inventor.complete(candidate, like: person)
            let conclusions = comparable.map { Self.conclusions($0, about: other, person) }
            guard form == .prompts else {
                guard conclusions.allSatisfy({ !$0.isEmpty }) else { return nil }
                return ClaimControl(prompt: nil, targets: Array(conclusions.joined()))
            }
            guard let text = passages.text(about: other), text != prompt,
                !comparable.contains(where: { $0.occurs(in: text) })
            else { return nil }
            return ClaimControl(
                prompt: text,
                targets: comparable + conclusions.joined().filter { !$0.occurs(in: text) })
        }
        var people: [ClaimControl] = []
        if !comparable.isEmpty {
            for candidate in heldOut where people.count < Self.wantedCount {
                if let found = control(candidate) { people.append(found) }
            }
        }
        let givenCount = people.count
        for index in 0..<3 * Self.wantedCount
        where !comparable.isEmpty && people.count < Self.wantedCount {
            if let found = control(inventor.person(index, like: person)) { people.append(found) }
        }
        self.form = form
        self.targets = comparable
        self.people = people
        inventedCount = people.count - givenCount
    }

    /// Whether it shows something in an answer to a prompt that names nobody. A name or a date may be
    /// that of somebody else whom the model was trained on.
    private static func isComparableAlone(_ target: ClaimTarget, of person: ClaimPerson) -> Bool {
        guard target.isExpectedText else {
            return target.kind != .name && target.kind != .dateOfBirth
        }
        return !PersonalPassages(target.value.revealed, of: person).isEmpty
    }

    /// What would be the same as the target about somebody else.
    private static func conclusions(
        _ target: ClaimTarget, about other: PersonProfile, _ person: ClaimPerson
    ) -> [ClaimTarget] {
        let value = target.value.revealed
        var texts: [String] = []
        if !target.isExpectedText, let own = other.values[target.kind] { texts.append(own) }
        for namesOnly in target.isExpectedText ? [false] : [true] {
            let passages = PersonalPassages(value, of: person, namesOnly: namesOnly)
            if !passages.isEmpty, let text = passages.text(about: other) { texts.append(text) }
        }
        return texts.map {
            ClaimTarget(target.kind, $0, isExpectedText: target.isExpectedText)
        }.filter { $0.isLongEnough && $0 != target }
    }
}
