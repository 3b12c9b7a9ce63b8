import Domain
import Foundation
import TestSupport
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4 examples (NIST): "abc", the empty message, 448 bits, 896 bits, a million "a".
    @Test(
        "Published vectors hold",
        arguments: [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func publishedVectorsHold(_ text: String, _ hexadecimal: String) {
        #expect(Digest(of: text).hexadecimal == hexadecimal)
        #expect(Digest(of: Data(text.utf8)).description == hexadecimal)
    }

    @Test("A file is digested across pieces") func aFileIsDigestedAcrossPieces() throws {
        let folder = try ScratchFolder()
        let url = folder.url.appendingPathComponent("bytes")
        // hashlib.sha256(bytes(range(256)) * 8200), a little over two pieces of 1 MiB
        try Data((0..<8_200).flatMap { _ in Array(UInt8.min...UInt8.max) }).write(to: url)
        #expect(
            try Digest(ofFileAt: url).hexadecimal
                == "1f263d6a172112aaae1f42697189f0bc0bb4aa2051232a51969d5f9a064a8c92")
        let missing = folder.url.appendingPathComponent("missing")
        let error = #expect(throws: DomainError.self) { try Digest(ofFileAt: missing) }
        #expect(error?.code == .fileUnreadable)
        #expect(error?.kind == .io)
    }

    @Test("Only sixty four lower case digits are a digest")
    func onlySixtyFourLowerCaseDigitsAreADigest() {
        let digits = String(repeating: "0a", count: 32)
        #expect(Digest(hexadecimal: digits)?.short == "0a0a0a0a0a0a")
        #expect(Digest(hexadecimal: digits.uppercased()) == nil)
        #expect(Digest(hexadecimal: String(digits.dropLast())) == nil)
        #expect(Digest(hexadecimal: digits + "0") == nil)
        #expect(Digest(hexadecimal: String(digits.dropLast()) + "g") == nil)
        #expect(Digest(hexadecimal: String(digits.dropLast(2)) + "é") == nil)
    }

    @Test("A digest is coded as its digits") func aDigestIsCodedAsItsDigits() throws {
        let digest = Digest(of: "abc")
        let data = try CanonicalJSON.compact([digest])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(digest.hexadecimal)\"]")
        #expect(try CanonicalJSON.decode([Digest].self, from: data) == [digest])
        #expect(throws: DomainError.self) {
            try CanonicalJSON.decode([Digest].self, from: Data("[\"abc\"]".utf8))
        }
    }
}

@Suite struct CaseIDTests {
    @Test(
        "An id is read and written",
        arguments: [
            ("C-2026-0007", 2026, 7, "C-2026-0007"), ("c-2026-7", 2026, 7, "C-2026-0007"),
            ("C-2026-12345", 2026, 12_345, "C-2026-12345"),
        ])
    func anIDIsReadAndWritten(_ text: String, _ year: Int, _ number: Int, _ written: String) {
        #expect(CaseID(text) == CaseID(year: year, number: number))
        #expect(CaseID(text)?.description == written)
    }

    @Test(
        "What is no id is refused",
        arguments: [
            "", "C-2026", "C-2026-0", "C-26-7", "D-2026-7", "C-2026-7-1", "C--2026-7", "C-2026-x",
            "C-2026-99999999999999999999", "C-0000-1", "C-2026-", "C-２０２６-1",
        ])
    func whatIsNoIDIsRefused(_ text: String) {
        #expect(CaseID(text) == nil)
    }

    @Test("Ids are ordered by year then number not by text")
    func idsAreOrderedByYearThenNumberNotByText() {
        let ids = [
            CaseID(year: 2026, number: 10_000), CaseID(year: 2025, number: 99_999),
            CaseID(year: 2026, number: 9_999),
        ]
        #expect(
            ids.sorted().map(\.description) == ["C-2025-99999", "C-2026-9999", "C-2026-10000"])
    }

    @Test("An id is coded as its text") func anIDIsCodedAsItsText() throws {
        let id = CaseID(year: 2026, number: 7)
        let data = try CanonicalJSON.compact([id])
        #expect(String(decoding: data, as: UTF8.self) == "[\"C-2026-0007\"]")
        #expect(try CanonicalJSON.decode([CaseID].self, from: data) == [id])
        #expect(throws: DomainError.self) {
            try CanonicalJSON.decode([CaseID].self, from: Data("[\"7\"]".utf8))
        }
    }
}

@Suite struct SensitiveTests {
    private static let secret = "mara.velde@example.net"

    @Test("A sensitive value shows itself nowhere") func aSensitiveValueShowsItselfNowhere() throws
    {
        let request = DeletionRequest(
            sourceID: "R-1",
            identifiers: [PersonalIdentifier(kind: .email, value: Self.secret)],
            note: Self.secret)
        var dumped = ""
        dump(request, to: &dumped)
        for shown in ["\(request)", String(reflecting: request), dumped] {
            #expect(!shown.contains("mara"))
            #expect(shown.contains("[redacted]"))
        }
        let sensitive = Sensitive(Self.secret)
        #expect(Mirror(reflecting: sensitive).children.isEmpty)
        let coded = try CanonicalJSON.compact(["value": sensitive])
        #expect(String(decoding: coded, as: UTF8.self) == "{\"value\":\"[redacted]\"}")
    }

    @Test("Only revealed gives the value") func onlyRevealedGivesTheValue() {
        #expect(Sensitive(Self.secret).revealed == Self.secret)
        #expect(Sensitive(1) == Sensitive(1))
        #expect(Sensitive(1) != Sensitive(2))
    }
}
