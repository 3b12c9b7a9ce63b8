import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct KeyHistoryTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }
    private func fixture(_ name: String = "key-history") throws -> KeyHistory {
        try KeyHistory(contentsOf: SigningFixtures.url("\(name).json"))
    }

    @Test func `A history that Python wrote reads back byte for byte`() throws {
        for name in ["key-history-old", "key-history-rotated", "key-history"] {
            #expect(try fixture(name).encoded() == SigningFixtures.data("\(name).json"))
        }
        let history = try fixture()
        #expect(history.entries.map(\.role) == [.issuer, .approver, .log, .issuer])
        #expect(
            history.entries.map(\.keyID)
                == (try ["issuer", "approver", "log", "second"].map(SigningFixtures.keyID)))
        #expect(history.entries[0].notAfter == (try time("2026-03-08T00:00:00Z")))
        #expect(history.entries[0].revocation?.reason == .compromised)
        #expect(history.entries[3].replaces == history.entries[0].keyID)
    }

    @Test func `The same keys and dates give the history that Python wrote`() throws {
        let issuer = try SigningFixtures.signingKey("issuer")
        let second = try SigningFixtures.signingKey("second issuer")
        let (january, march) = (try time("2026-01-01"), try time("2026-03-01"))
        let old = try KeyHistory(issuer: issuer, at: january)
            .introducing(
                SigningFixtures.signingKey("approver"), role: .approver, by: issuer, at: january
            )
            .introducing(SigningFixtures.signingKey("log"), role: .log, by: issuer, at: january)
        let new = try old.rotating(
            from: issuer, to: second, at: march, overlapSeconds: 7 * 86_400
        ).revoking(
            issuer.keyID, reason: .compromised, by: second, at: time("2026-04-01"),
            effectiveAt: time("2026-02-10"))
        #expect(new.entries == (try fixture().entries))
        // Signatures may differ from platform to platform; what is signed does not.
        #expect(new.statementDigests == (try fixture().statementDigests))
    }

    @Test func `A key is judged by its role and dates`() throws {
        let history = try fixture("key-history-rotated")
        let (first, second) = (
            try SigningFixtures.keyID("issuer"), try SigningFixtures.keyID("second")
        )
        func judge(_ key: Digest, _ text: String, _ role: KeyHistory.Role = .issuer) throws
            -> KeyJudgement
        {
            history.judge(keyID: key, role: role, signedAt: try time(text))
        }
        let end = try time("2026-03-08T00:00:00Z")
        #expect(try judge(first, "2026-02-01") == .valid)
        #expect(try judge(first, "2026-03-05") == .valid)
        #expect(try judge(first, "2026-03-08T00:00:00Z") == .valid)
        #expect(try judge(first, "2026-03-08T00:00:01Z") == .expired(at: end))
        #expect(try judge(first, "2025-12-31") == .notYetValid(from: time("2026-01-01")))
        #expect(try judge(second, "2026-02-28") == .notYetValid(from: time("2026-03-01")))
        #expect(try judge(second, "2027-02-28") == .valid)
        #expect(try judge(second, "2027-02-28", .log) == .unknown(otherRole: .issuer))
        #expect(try judge(Digest(of: "x"), "2027-02-28") == .unknown(otherRole: nil))
        #expect(
            history.trusted(role: .issuer, at: try time("2026-03-05")).map(\.keyID)
                == [first, second])
        #expect(history.trusted(role: .issuer, at: try time("2026-03-09")).map(\.keyID) == [second])
        #expect(history.trusted(role: .issuer, at: try time("2025-03-09")).isEmpty)
    }

    @Test func `What a compromised key signed counts only with evidence from before`() throws {
        let history = try fixture()
        let key = try SigningFixtures.keyID("issuer")
        func judge(_ proven: String?) throws -> KeyJudgement {
            history.judge(
                keyID: key, role: .issuer, signedAt: try time("2026-01-20"),
                provenBefore: try proven.map { try time($0) })
        }
        let refused = KeyJudgement.revoked(
            try #require(history.entry(key)?.revocation))
        #expect(try judge(nil) == refused)
        #expect(try judge("2026-02-10T00:00:00Z") == refused)
        #expect(try judge("2026-03-01") == refused)
        #expect(try judge("2026-02-09T23:59:59Z") == .valid)
        #expect(history.trusted(role: .issuer, at: try time("2026-01-20")).isEmpty)
        // The evidence does not lengthen the key's life.
        #expect(
            history.judge(
                keyID: key, role: .issuer, signedAt: try time("2026-05-01"),
                provenBefore: try time("2026-02-01")) == refused)
    }

    @Test func `A key laid aside keeps what it signed before`() throws {
        let (issuer, approver) = (SigningKey(), SigningKey())
        let history = try KeyHistory(issuer: issuer, at: time("2026-01-01"))
            .introducing(approver, role: .approver, by: issuer, at: time("2026-01-02"))
            .revoking(approver.keyID, reason: .ceased, by: approver, at: time("2026-05-01"))
        func judge(_ text: String) throws -> KeyJudgement {
            history.judge(keyID: approver.keyID, role: .approver, signedAt: try time(text))
        }
        #expect(try judge("2026-04-30") == .valid)
        #expect(
            try judge("2026-05-01")
                == .revoked(.init(at: time("2026-05-01"), reason: .ceased)))
        let worse = try history.revoking(
            approver.keyID, reason: .compromised, by: issuer, at: time("2026-06-01"),
            effectiveAt: time("2026-03-01"))
        #expect(
            worse.judge(
                keyID: approver.keyID, role: .approver, signedAt: try time("2026-02-01"))
                != .valid)
        #expect(
            code {
                _ = try worse.revoking(
                    approver.keyID, reason: .ceased, by: issuer, at: time("2026-07-01"))
            } == .keyChangeRefused)
    }

    @Test func `An approver's key needs no signature of its own, but an issuer's`() throws {
        let (issuer, approver) = (SigningKey(), SigningKey())
        let start = try time("2026-01-01")
        let history = try KeyHistory(issuer: issuer, at: start)
            .introducing(approver: approver.publicKey, by: issuer, at: start)
        #expect(history.entry(approver.keyID)?.role == .approver)
        #expect(history.statements.last?.signatures.count == 1)
        #expect(try KeyHistory(parsing: history.encoded()) == history)
        // It is the issuer's signature that counts.
        #expect(
            code {
                _ = try KeyHistory(issuer: issuer, at: start)
                    .introducing(approver: approver.publicKey, by: approver, at: start)
            } == .keyChangeRefused)
    }

    @Test func `Each judgement has its own error`() throws {
        let id = Digest(of: "key")
        let date = try time("2026-01-01")
        let cases: [(KeyJudgement, CertificateErrorCode, String)] = [
            (.unknown(otherRole: nil), .unknownKey, "not in the key history"),
            (.unknown(otherRole: .log), .unknownKey, "role log"),
            (.notYetValid(from: date), .keyNotYetValid, "from 2026-01-01"),
            (.expired(at: date), .keyExpired, "until 2026-01-01"),
            (.revoked(.init(at: date, reason: .superseded)), .keyRevoked, "superseded"),
            (.revoked(.init(at: date, reason: .compromised)), .keyRevoked, "dates prove nothing"),
        ]
        for (judgement, code, words) in cases {
            let error = #expect(throws: CertificateError.self) {
                try judgement.require(keyID: id, role: .issuer, signedAt: date)
            }
            #expect(error?.code == code)
            #expect(error?.kind == .integrity)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        try KeyJudgement.valid.require(keyID: id, role: .issuer, signedAt: date)
    }

    @Test func `A newer history is told from another one`() throws {
        let (old, rotated, new) = (
            try fixture("key-history-old"), try fixture("key-history-rotated"), try fixture()
        )
        #expect(new.isContinuation(of: old) && new.isContinuation(of: rotated))
        #expect(new.isContinuation(of: new) && !old.isContinuation(of: new))
        let other = try KeyHistory(issuer: SigningKey(), at: time("2026-01-01"))
        let forked = try old.rotating(
            from: SigningFixtures.signingKey("issuer"), to: SigningKey(), at: time("2026-03-01"),
            overlapSeconds: 0)
        for (history, known, words) in [
            (old, new, "older than"), (other, old, "begins with another key"),
            (forked, new, "from statement 4 on"),
        ] {
            let error = #expect(throws: CertificateError.self) {
                try history.checkContinuation(of: known)
            }
            #expect(error?.code == .divergedKeyHistory)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        try new.checkContinuation(of: old)
    }

    @Test func `Nobody changes keys without the keys it takes`() throws {
        let (issuer, approver, thief) = (SigningKey(), SigningKey(), SigningKey())
        let start = try time("2026-01-01")
        let history = try KeyHistory(issuer: issuer, at: start)
            .introducing(approver, role: .approver, by: issuer, at: start)
        func refused(_ change: () throws -> KeyHistory) {
            #expect(code { _ = try change() } == .keyChangeRefused)
        }
        let later = try time("2026-02-01")
        refused { try history.introducing(thief, role: .issuer, by: thief, at: later) }
        refused { try history.introducing(thief, role: .issuer, by: approver, at: later) }
        refused { try history.introducing(approver, role: .log, by: issuer, at: later) }
        refused { try history.rotating(from: thief, to: issuer, at: later, overlapSeconds: 0) }
        refused { try history.rotating(from: issuer, to: approver, at: later, overlapSeconds: 0) }
        refused { try history.rotating(from: issuer, to: thief, at: later, overlapSeconds: -1) }
        refused {
            try history.rotating(
                from: issuer, to: thief, at: time("2025-01-01"), overlapSeconds: 0)
        }
        refused { try history.revoking(issuer.keyID, reason: .ceased, by: approver, at: later) }
        refused { try history.revoking(thief.keyID, reason: .ceased, by: issuer, at: later) }
        refused {
            try history.revoking(
                approver.keyID, reason: .ceased, by: issuer, at: later,
                effectiveAt: time("2026-02-02"))
        }
        let rotated = try history.rotating(
            from: issuer, to: SigningKey(), at: later, overlapSeconds: 60)
        refused { try rotated.rotating(from: issuer, to: thief, at: later, overlapSeconds: 60) }
        refused {
            try rotated.introducing(thief, role: .issuer, by: issuer, at: time("2026-03-01"))
        }
    }

    @Test func `One flipped bit anywhere in the file of a history is noticed`() throws {
        let (issuer, next) = (SigningKey(), SigningKey())
        let file = try KeyHistory(issuer: issuer, at: time("2026-01-01"))
            .rotating(from: issuer, to: next, at: time("2026-02-01"), overlapSeconds: 60)
            .encoded()
        _ = try KeyHistory(parsing: file)
        let unnoticed = unnoticedBits(of: file) { _ = try KeyHistory(parsing: $0) }
        #expect(unnoticed.isEmpty, "\(unnoticed.prefix(8))")
    }

    @Test func `A history that says something else than its statements is refused`() throws {
        let file = String(decoding: try SigningFixtures.data("key-history.json"), as: UTF8.self)
        func named(_ old: String, _ new: String) -> String? {
            #expect(file.contains(old))
            let text = file.replacingOccurrences(of: old, with: new)
            return defect { _ = try KeyHistory(parsing: Data(text.utf8)) }
        }
        #expect(named("\"role\":\"approver\"", "\"role\":\"issuer\"") == "unexpected-value")
        #expect(named("compromised", "superseded") == "unexpected-value")
        #expect(named("{\"keys\"", "{ \"keys\"") == "non-canonical-form")
        #expect(named("key-history/v1", "key-history/v2") == "unexpected-value")
        #expect(named("\"sig\"", "\"signature\"") == "missing")
        #expect(
            defect { _ = try KeyHistory(parsing: Data(file.utf8.dropLast(3))) } == "truncated")
    }

    @Test func `A stored history is replaced by a continuation only`() throws {
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("keys.json")
        try fixture("key-history-old").write(to: file)
        try fixture().write(to: file)
        #expect(
            code { try fixture("key-history-old").write(to: file) } == .divergedKeyHistory)
        #expect(try KeyHistory(contentsOf: file) == fixture())
    }

    @Test func `A verifier takes a history or a bare key, which has no dates`() throws {
        let key = try SigningFixtures.key("issuer")
        let bare = try TrustedKeys(contentsOf: SigningFixtures.url("issuer.pem"))
        #expect(bare == .key(key))
        let distant = try time("1999-01-01")
        #expect(bare.judge(keyID: key.keyID, role: .log, signedAt: distant) == .valid)
        #expect(
            bare.judge(keyID: Digest(of: "x"), role: .issuer, signedAt: distant)
                == .unknown(otherRole: nil))
        let history = try TrustedKeys(contentsOf: SigningFixtures.url("key-history-rotated.json"))
        #expect(history.keys(role: .issuer).count == 2)
        #expect(
            history.judge(keyID: key.keyID, role: .issuer, signedAt: distant)
                == .notYetValid(from: try time("2026-01-01")))
        #expect(code { _ = try TrustedKeys(parsing: Data("x".utf8)) } == .malformedKey)
    }
}
