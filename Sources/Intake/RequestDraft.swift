import Domain

/// What a format read from a file, before the rules that all formats share are applied. Texts are as
/// the file has them; names of kinds, formats and laws are already Lethe's.
struct RequestDraft: Sendable {
    var id: Located<String>
    var receivedAt: Located<String>?
    var regime: Regime?
    var identifiers: [IdentifierDraft]
    /// Where the identifiers stand, or should stand.
    var identifiersPlace: Place
    var ground: Located<String>?
    var scope: [Located<String>]
    var note: Located<String>?
    var kind = RequestKind.erasure
    var authenticity = RequestAuthenticity.unauthenticated
    var callbacks: [Located<String>] = []
    var relationships: [Located<String>] = []
    var limits: [(kind: RequestLimit.Kind, value: Located<String>)] = []
    var demandIDs: [Located<String>] = []
    /// What the operator should know and the request does not carry, without personal data.
    var remarks: [String] = []

    struct IdentifierDraft: Sendable {
        let kind: IdentifierKind
        let value: Located<String>
        let format: IdentifierFormat
    }

    init(id: Located<String>, identifiersPlace: Place) {
        self.id = id
        self.identifiersPlace = identifiersPlace
        identifiers = []
        scope = []
    }

    /// The draft that reads back as `request`, with key paths of the JSON form as places; the
    /// writers check it, so that nothing is written that would be refused when read.
    init(_ request: DeletionRequest) {
        self.init(
            id: Located(request.sourceID, at: Place(path: "id")),
            identifiersPlace: Place(path: "subject.identifiers"))
        receivedAt = request.receivedAt.map {
            Located($0.description, at: Place(path: "receivedAt"))
        }
        regime = request.regime
        identifiers = request.identifiers.enumerated().map { index, identifier in
            IdentifierDraft(
                kind: identifier.kind,
                value: Located(
                    identifier.value.revealed,
                    at: Place(path: "subject.identifiers[\(index)].value")),
                format: identifier.format)
        }
        ground = request.ground.map { Located($0, at: Place(path: "ground")) }
        scope = request.scope.enumerated().map { index, name in
            Located(name, at: Place(path: "scope[\(index)]"))
        }
        note = request.note.map { Located($0.revealed, at: Place(path: "note")) }
    }
}
