import Domain
import Foundation
import TestSupport
import Testing

/// These are stored with cases, so their coded form must not change.
@Suite struct RequestPartsTests {
    private func coded(_ value: some Encodable) throws -> String {
        String(decoding: try CanonicalJSON.compact(value), as: UTF8.self)
    }

    @Test("Authenticity and kind keep their coded form")
    func authenticityAndKindKeepTheirCodedForm() throws {
        let verified = RequestAuthenticity.verified(scheme: .ed25519, keyID: "A")
        #expect(try coded(RequestAuthenticity.unauthenticated) == "{\"unauthenticated\":{}}")
        #expect(
            try coded(verified) == "{\"verified\":{\"keyID\":\"A\",\"scheme\":\"ed25519\"}}")
        #expect(try coded(RequestKind.erasure) == "{\"erasure\":{}}")
        #expect(
            try coded(RequestKind.withdrawal(of: "R-1")) == "{\"withdrawal\":{\"of\":\"R-1\"}}")
        let data = Data("{\"verified\":{\"keyID\":\"A\",\"scheme\":\"ed25519\"}}".utf8)
        #expect(try CanonicalJSON.decode(RequestAuthenticity.self, from: data) == verified)
        #expect(verified.isVerified && !RequestAuthenticity.unauthenticated.isVerified)
    }

    @Test("A request shows neither callbacks nor limits")
    func aRequestShowsNeitherCallbacksNorLimits()
        throws
    {
        let request = DeletionRequest(
            sourceID: "R-1", identifiers: [], callbacks: ["https://c.example/secret-token"],
            limits: [RequestLimit(.dataReference, "https://c.example/secret-photo")])
        var dumped = ""
        dump(request, to: &dumped)
        for shown in ["\(request)", String(reflecting: request), dumped] {
            #expect(!shown.contains("secret"))
        }
    }

    @Test(
        "Hashes have the digits of their algorithm",
        arguments: [
            (IdentifierFormat.raw, Int?.none), (.sha256, 64), (.sha1, 40), (.md5, 32),
        ])
    func hashesHaveTheDigitsOfTheirAlgorithm(_ format: IdentifierFormat, _ count: Int?) {
        #expect(format.digitCount == count)
    }
}
