import Domain
import Lineage
import Testing

@Suite struct ComparableFormsTests {
    // `printf anna@example.org | sha256sum`, and so on.
    private static let hashes: [(IdentifierFormat, String)] = [
        (.sha256, "a3bf86238a1c59bd2f0a648af9293620f90d18dad133d8fe2341cf9664a5d6d0"),
        (.sha1, "0d21b9f610440a3774db33a4019c4ce53b971eea"),
        (.md5, "7771093713556e85d7a876c08cb5bb63"),
    ]

    @Test(
        "An address given raw has a form in common with each of its hashes, whatever its letter case"
    )
    func address() {
        let raw = Set(PersonalIdentifier(kind: .email, value: "Anna@Example.org").comparableForms)
        for (format, digits) in Self.hashes {
            let hashed = PersonalIdentifier(kind: .email, value: digits, format: format)
            #expect(hashed.comparableForms.count == 1)
            #expect(!raw.isDisjoint(with: hashed.comparableForms), "\(format.rawValue)")
            // The same digits of another kind name somebody else.
            let other = PersonalIdentifier(kind: .username, value: digits, format: format)
            #expect(raw.isDisjoint(with: other.comparableForms))
        }
    }

    @Test("Numbers are compared without separators, and different ones have nothing in common")
    func numbers() {
        func forms(_ kind: IdentifierKind, _ value: String) -> Set<String> {
            Set(PersonalIdentifier(kind: kind, value: value).comparableForms)
        }
        #expect(
            !forms(.nationalID, "900-15-7063").isDisjoint(with: forms(.nationalID, "900157063")))
        #expect(forms(.nationalID, "900-15-7063").isDisjoint(with: forms(.nationalID, "900157064")))
        #expect(!forms(.phone, "616-496-4512").isDisjoint(with: forms(.phone, "(616) 496 4512")))
    }

    @Test("What other people may share compares with nothing")
    func weak() {
        for kind in IdentifierKind.allCases where !kind.isStrong {
            #expect(PersonalIdentifier(kind: kind, value: "Anna Example").comparableForms.isEmpty)
        }
    }
}
