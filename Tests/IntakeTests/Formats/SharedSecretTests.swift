import Domain
import Foundation
import Intake
import TestSupport
import Testing

/// Shopify and Meta sign with a secret shared with the app.
@Suite struct SharedSecretTests {
    private static let app = RequestAuthenticity.verified(scheme: .hmacSHA256, keyID: "app")

    @Test("A shop's redaction is verified and read") func aShopsRedactionIsVerifiedAndRead() throws
    {
        let parsed = try signed("shopify-redact.http", testKeys())
        #expect(parsed.formatID == "shopify")
        #expect(
            parsed.request
                == DeletionRequest(
                    sourceID: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
                    receivedAt: Timestamp("2026-03-05T09:14:00Z"),
                    identifiers: [
                        PersonalIdentifier(kind: .customerID, value: "191167"),
                        PersonalIdentifier(kind: .email, value: "mara.velde@example.net"),
                        PersonalIdentifier(kind: .phone, value: "555-625-1199"),
                    ], authenticity: Self.app,
                    limits: ["299938", "280263", "220458"].map { RequestLimit(.order, $0) }))
        #expect(try !signed("shopify-redact.http", .none).request.authenticity.isVerified)
    }

    @Test("A bare body is recognised and named by its digest")
    func aBareBodyIsRecognisedAndNamedByItsDigest() throws {
        let body = Data(
            """
            {"shop_id": 1, "shop_domain": "shop.example", "customer": {"id": 7, "email": null,
             "phone": ""}}
            """.utf8)
        let parsed = try signed(body, testKeys())
        #expect(parsed.formatID == "shopify")
        #expect(parsed.request.sourceID == "shopify-\(Digest(of: body).short)")
        #expect(parsed.request.authenticity == .unauthenticated)
        #expect(parsed.request.identifiers == [PersonalIdentifier(kind: .customerID, value: "7")])
    }

    @Test(
        "The other webhooks are told apart and refused, with headers and without",
        arguments: [
            (
                "shopify-data-request.http",
                "this is customers/data_request, a request to see data"
            ),
            (
                "shopify-shop.http",
                "this is shop/redact: it is about a whole shop and names no person"
            ),
        ])
    func theOtherWebhooksAreToldApartAndRefused(_ name: String, _ rule: String) throws {
        let error = try signedRefusal(name, testKeys())
        #expect(error.code == .notADeletionRequest)
        #expect(error.details["rule"] == rule)
        let data = try fixture("requests/signed/\(name)")
        let body = try #require(data.range(of: Data("\n\n".utf8))).upperBound
        let bare = try refusal(Data(data[body...]))
        #expect(bare.details["rule"] == rule)
    }

    @Test("A changed webhook is refused for its HMAC, before it is parsed")
    func aChangedWebhookIsRefusedForItsHMACBeforeItIsParsed() throws {
        let data = try fixture("requests/signed/shopify-redact.http")
        let start = try #require(data.range(of: Data("\n\n".utf8))).upperBound
        for offset in stride(from: start, to: data.count, by: 17) {
            var changed = data
            changed[offset] = 1
            let error = try #require(
                #expect(throws: IntakeError.self) { try signed(changed, testKeys()) })
            #expect(error.code == .invalidSignature)
        }
    }

    @Test(
        "A signed_request is verified and read, as a form and alone",
        arguments: ["meta-form.txt", "meta-value.txt"])
    func aSignedRequestIsVerifiedAndRead(_ name: String) throws {
        let parsed = try signed(name, testKeys())
        #expect(parsed.formatID == "meta")
        #expect(parsed.request.authenticity == Self.app)
        #expect(parsed.request.receivedAt == Timestamp("2026-03-05T09:14:00Z"))
        #expect(
            parsed.request.identifiers == [PersonalIdentifier(kind: .customerID, value: "218471")])
        #expect(try !signed(name, .none).request.authenticity.isVerified)
    }

    @Test(
        "A signed_request that must not be acted on is refused",
        arguments: [
            ("meta-expired.txt", IntakeErrorCode.outsideValidity),
            ("meta-algorithm.txt", .invalidSignature),
            ("meta-wrong-secret.txt", .invalidSignature),
        ])
    func aSignedRequestThatMustNotBeActedOnIsRefused(
        _ name: String, _ code: IntakeErrorCode
    ) throws {
        #expect(try signedRefusal(name, testKeys()).code == code)
    }
}
