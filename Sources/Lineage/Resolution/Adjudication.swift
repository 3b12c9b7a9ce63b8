import Domain

/// What speaks for and against a record being about the person. No values, only what kind of thing
/// was found.
struct RecordEvidence: Equatable {
    /// How a record hangs together with one that is about the person.
    enum Relation: Hashable {
        /// A near-duplicate or quote that shares something telling: keys of the person, or a text
        /// that hardly any other record holds.
        case copy
        /// A near-duplicate or quote that shares only what many texts share.
        case commonText
        case thread, document, version
        /// At least half of the thread or document was found to be about the person without it.
        case mostlyTheirs
    }

    var strong: Set<IdentifierKind> = []
    var weak: Set<IdentifierKind> = []
    var hasFullName = false
    var hasNamePart = false
    /// The name otherwise than it was given: a nickname, initials, another order.
    var hasNameVariant = false
    /// Nobody else is known to bear the name.
    var isSoleBearer = false
    var hasPronoun = false
    /// Keys of somebody else, of kinds of which the person's own are known.
    var foreign: Set<IdentifierKind> = []
    /// Keys of somebody else that belong to the bearer of the name in this text: a namesake.
    var namesake: Set<IdentifierKind> = []
    var relations: Set<Relation> = []
    var isAboutOthers = false
}

/// Whether a record is about the person, and why.
///
/// A score of points, each with the name of its rule; the points are chosen so that
/// - a strong identifier decides alone;
/// - a name, or a variant of it, needs one more thing: a date of birth, part of an address, a text of the request, or
///   that nobody else is known to bear it. Alone it waits for the operator;
/// - part of a name counts in a thread or document of the person's; with a date of birth or an
///   address it brings a record to the operator;
/// - a namesake's own key beside the name outweighs the name, and a weak key brings it back only
///   to the operator;
/// - a copy of the person's text decides unless it carries somebody else's keys instead;
/// - a thread or document alone waits; with part of the name, or a pronoun in a thread that is
///   mostly the person's, it decides.
struct Adjudication {
    enum Decision: String, Codable, Sendable {
        case accepted, queued, rejected
    }

    let score: Int
    let decision: Decision
    /// Names of the rules that gave or took points, sorted.
    let reasons: [String]

    static let acceptedScoreMinimum = 4
    static let queuedScoreMinimum = 0

    init(_ evidence: RecordEvidence) {
        var points: [(rule: String, points: Int)] = []
        func add(_ rule: String, _ value: Int) { points.append((rule, value)) }

        for kind in evidence.strong { add("strong-\(kind.rawValue)", 6) }
        for kind in evidence.weak { add("weak-\(kind.rawValue)", kind == .dateOfBirth ? 3 : 2) }
        if evidence.hasFullName {
            add("full-name", 2)
            if evidence.isSoleBearer, evidence.namesake.isEmpty { add("sole-bearer", 2) }
        } else if evidence.hasNameVariant {
            add("name-variant", evidence.isInGroup ? 3 : 1)
        } else if evidence.hasNamePart {
            add("name-part", evidence.isInGroup ? 2 : 0)
        }
        for relation in evidence.relations {
            switch relation {
            case .copy: add("copy", 4)
            case .commonText: add("common-text", 1)
            case .thread: add("same-thread", 2)
            case .document: add("same-document", 2)
            case .version: add("version", 4)
            case .mostlyTheirs: add("group-mostly-theirs", 1)
            }
        }
        if evidence.isInGroup, evidence.hasPronoun { add("pronoun", 1) }
        if evidence.strong.isEmpty {
            for kind in evidence.namesake { add("namesake-\(kind.rawValue)", -4) }
            // A copied template with somebody else's keys filled in is somebody else's record.
            let isFilledIn = !evidence.hasFullName && !evidence.isInGroup
            for kind in evidence.foreign { add("foreign-\(kind.rawValue)", isFilledIn ? -2 : -1) }
        }
        score = points.reduce(0) { $0 + $1.points }
        var decision: Decision =
            score >= Self.acceptedScoreMinimum
            ? .accepted : score >= Self.queuedScoreMinimum ? .queued : .rejected
        if evidence.isAboutOthers {
            points.append(("about-others", 0))
            // Attributed to somebody else by the owner: at most the operator may take it, and a
            // shared text is no reason to ask.
            decision = evidence.isTelling && decision != .rejected ? .queued : .rejected
        } else if !evidence.isTelling, evidence.relations.isEmpty {
            // A date or an address alone names nobody.
            decision = .rejected
        }
        self.decision = decision
        reasons = points.map(\.rule).sorted()
    }
}

extension RecordEvidence {
    fileprivate var isInGroup: Bool {
        relations.contains(.thread) || relations.contains(.document)
            || relations.contains(.version)
    }

    /// Names this person rather than just anybody.
    fileprivate var isTelling: Bool {
        !strong.isEmpty || hasFullName || hasNameVariant || (hasNamePart && !weak.isEmpty)
    }

    /// What the index found in the record, and what the record itself shows.
    /// - Parameters:
    ///   - found: kinds of what the index found it by, with what they say; raw identifiers only the index can recognise (given
    ///     as a hash, or in a disguise that text comparison does not see through) count from here.
    init(
        _ line: RecordLine, keys: PersonKeys, found: [IdentifierKind: MatchStrength],
        isSoleBearer: Bool,
        relations: Set<Relation> = [], isAboutOthers: Bool = false
    ) {
        var folder = TextFolder()
        let folded = folder.folded(line.text)
        let findings = keys.findings(in: folded)
        strong = findings.strong.union(found.filter { $0.value == .strong }.keys)
        weak = findings.weak.union(found.keys.filter { $0 != .name }).subtracting(strong)
        hasFullName = findings.hasFullName || (found[.name] ?? .weak) > .probable
        hasNameVariant = !hasFullName && found[.name] != nil
        hasNamePart = findings.hasNamePart
        hasPronoun = Sentences.holdsPronoun(folded)
        self.isSoleBearer = isSoleBearer
        self.relations = relations
        self.isAboutOthers = isAboutOthers
        foreign = keys.foreign(in: folded).kinds
        guard strong.isEmpty else { return }
        namesake = Self.namesake(line, keys)
        foreign.subtract(namesake)
    }

    /// Somebody else's keys that stand with the name: declared of a record whose declared name it
    /// is, or in a sentence of it.
    private static func namesake(_ line: RecordLine, _ keys: PersonKeys) -> Set<IdentifierKind> {
        var kinds = Set<IdentifierKind>()
        let names = line.values.filter { $0.kind == .name }
        if names.contains(where: { keys.isOwnName($0.value) }) {
            kinds.formUnion(keys.conflicts(withDeclared: line.values))
        }
        var folder = TextFolder()
        let bytes = Array(line.text.utf8)
        var followsName = false
        for range in Sentences.ranges(in: line.text) {
            let folded = folder.folded(String(decoding: bytes[range], as: UTF8.self))
            let isNamed = keys.findings(in: folded).hasFullName
            let continues = followsName && Sentences.beginsWithPronoun(folded)
            let foreign = keys.foreign(in: folded)
            if foreign.bearsName { kinds.insert(.email) }
            followsName = isNamed || continues
            guard followsName else { continue }
            let words = Set(
                FoldedWord.all(in: folded).map { String(decoding: folded[$0.range], as: UTF8.self) }
            )
            if foreign.kinds.contains(.phone) { kinds.insert(.phone) }
            if foreign.hasOtherDate, !words.isDisjoint(with: birthCues),
                !keys.findings(in: folded).weak.contains(.dateOfBirth)
            {
                kinds.insert(.dateOfBirth)
            }
        }
        return kinds
    }

    private static let birthCues: Set<String> = ["born", "birth", "birthday", "dob", "geboren"]
}

/// How a record was judged, for the operator and for the record of the case.
package struct RecordJudgement: Codable, Sendable, Equatable {
    package let key: RecordKey
    /// `accepted`, `queued` (the operator decides) or `rejected`.
    package let decision: String
    /// Points; 4 accepts, 0 waits.
    package let score: Int
    /// Names of rules, e.g. `full-name`, `weak-date-of-birth`; sorted. No values.
    package let reasons: [String]
    /// Where the record concerns others too: the byte ranges `[start, end)` of its text, as UTF-8,
    /// that concern the person. Empty if all of it does.
    package let spans: [[Int]]

    init(key: RecordKey, _ adjudication: Adjudication, spans: [Range<Int>]) {
        self.key = key
        decision = adjudication.decision.rawValue
        score = adjudication.score
        reasons = adjudication.reasons
        self.spans = spans.map { [$0.lowerBound, $0.upperBound] }
    }

    package var isAccepted: Bool { decision == Adjudication.Decision.accepted.rawValue }
    package var isQueued: Bool { decision == Adjudication.Decision.queued.rawValue }
}
