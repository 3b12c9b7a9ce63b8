import Domain
import Foundation
import Lineage
import Testing

/// Identifiers of which a request brings only a hash.
struct HashedIdentifierTests {
    private let scene: LineageScene

    init() throws {
        scene = try LineageScene()
        try scene.add([
            line("gravatar", "Write to MyEmailAddress@example.com, please."),
            line("hidden", "Or to myemailaddress [at] example (dot) com."),
            line("tagged", "Or to myemailaddress+news@example.com."),
            line("declared", "x y", values: [.email: "Test@Example.com"]),
            line("phone", "Call +49 (30) 123 456-78."),
            line("abroad", "x y", values: [.phone: "0049 30 12345678"]),
            line("name", "x y", values: [.name: "Jane Doe"]),
            line("customer", "x y", subjects: ["K-4711-9"]),
            line("other", "someone@example.com, 030 87654321", subjects: ["K-4711-8"]),
        ])
    }

    /// Digests by Python's hashlib.
    static let addresses: [(IdentifierFormat, String)] = [
        (.md5, "0bc83cb571cd1c50ba6f3e8a78ef1346"),
        (.sha1, "6b933a5f1b8864ac6e72157b9c58d45913b6f32c"),
        (.sha256, "84059b07d4be67b806386c0aad8070a23f18836bbaae342275dc0a83414c32ee"),
    ]

    @Test(arguments: addresses)
    func `an address is found by each of its hashes in the same records`(
        format: IdentifierFormat, hash: String
    ) throws {
        #expect(try scene.found(.email, hash, format) == ["gravatar", "hidden", "tagged"])
        let identifier = PersonalIdentifier(kind: .email, value: hash, format: format)
        guard case .found(let scope) = try scene.index.resolve([identifier]) else {
            Issue.record("nothing found")
            return
        }
        #expect(scope.records.map(\.id) == ["gravatar", "hidden", "tagged"])
    }

    /// Of `test@example.com` and of `Test@Example.com`, as it stands in the record.
    @Test(
        arguments: [
            (.md5, "55502f40dc8b7c769880b10874abc9d0"),
            (.sha1, "567159d622ffbb50b11b0efd307be358624a26ee"),
            (.sha256, "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"),
            (.md5, "d9938a6a89637393c0e4248c68f6a78a"),
            (.sha1, "a7e4428443c8ccfe0578bcf4bfd53834ab66bf42"),
            (.sha256, "de0683f2389441536c37c76c95a3932591e7fef915b531ebdccc944add3a5afb"),
        ] as [(IdentifierFormat, String)])
    func `a declared address is found by the hash of its normal form or of its spelling`(
        format: IdentifierFormat, hash: String
    ) throws {
        #expect(try scene.found(.email, hash, format) == ["declared"])
    }

    /// Of `MyEmailAddress@example.com`.
    @Test func `an address in a text is found by the hash of its spelling`() throws {
        let all = ["gravatar", "hidden", "tagged"]
        #expect(try scene.found(.email, "a957567ba0ce0106c0d1cfa646acdb71", .md5) == all)
        let sha1 = "747ad07604ee29d7548211f77da5d744728b3570"
        #expect(try scene.found(.email, sha1, .sha1) == all)
        // Of `MYEMAILADDRESS@example.com`, which stands nowhere.
        #expect(try scene.found(.email, "cc2c44a7c30aa06430728ddd05e42eae", .md5) == [])
    }

    /// Of `+493012345678` and `493012345678`.
    @Test(
        arguments: [
            (.md5, "20bd412a3bb40014374589d75bfb315e"),
            (.sha1, "23baa7facc8c68325a744e221e597b479b701b94"),
            (.sha256, "b947f8ad7dc00f0f4ba3da5a5fbdf3959603e725e50858e8383eb4fd109fc591"),
            (.md5, "a2890969e6641fe364ec4dd79929ebf9"),
        ] as [(IdentifierFormat, String)])
    func `a telephone number is found by the hash of its E 164 form`(
        format: IdentifierFormat, hash: String
    ) throws {
        #expect(try scene.found(.phone, hash, format) == ["phone", "abroad"])
    }

    @Test func `names and customer numbers are found by their hashes, too`() throws {
        #expect(
            try scene.found(.name, "bc225ac5f07389cdbb98a1ca548ddbda1cd869ed", .sha1) == ["name"])
        #expect(
            try scene.found(.customerID, "bdeeb89a41ffa17d019098fa51f2aba6", .md5) == ["customer"])
    }

    @Test func `a hash of nothing in the index finds nothing, one that is none is refused`() throws
    {
        let none = "d41d8cd98f00b204e9800998ecf8427e"
        #expect(try scene.found(.email, none, .md5) == [])
        for (value, format) in [(none, IdentifierFormat.sha1), (none.uppercased(), .md5)] {
            let error = #expect(throws: LineageError.self) {
                try scene.found(.email, value, format)
            }
            #expect(error?.code == .malformedIdentifier)
            #expect(error?.message.contains(value) == false)
        }
    }

    @Test func `what a hash is of keeps a person from coming back once a record told it`() throws {
        let record = CorpusRecord(
            id: "r", prompt: "", completion: "Yes: test@example.com.", digest: Digest(of: "r"))
        let time = Timestamp(secondsSince1970: 1_790_000_000)
        let known = try scene.index.suppress(
            [
                PersonalIdentifier(
                    kind: .email, value: "55502f40dc8b7c769880b10874abc9d0", format: .md5)
            ], records: [record], caseID: "case-1", at: time)
        #expect(known.keyCounts == ["email": 1] && known.unused == [])
        let unknown = try scene.index.suppress(
            [PersonalIdentifier(kind: .email, value: Self.addresses[0].1, format: .md5)],
            records: [record], caseID: "case-2", at: time)
        #expect(unknown.unused == ["email"])
        let file = try scene.folder.file(
            "new.jsonl",
            [line("1", "cc Test@example.com"), line("2", "myemailaddress@example.com")]
                .joined(separator: "\n") + "\n")
        let hits = try scene.index.suppressionList().screen([file])
        #expect(hits.map(\.recordID) == ["1"])
    }
}
