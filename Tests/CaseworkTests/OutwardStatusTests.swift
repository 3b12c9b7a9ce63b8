import Casework
import Domain
import Testing

@Suite struct OutwardStatusTests {
    @Test("Work inside looks the same from outside, and no failure in it ends a request")
    func inside() {
        let rows: [(CaseState, String)] = [
            (.received, "received"), (.awaitingIdentity, "awaiting-identity"),
            (.awaitingClarification, "in-progress"), (.scoped, "in-progress"),
            (.unlearned, "in-progress"), (.failedVerification, "in-progress"),
            (.verified, "in-progress"), (.onHold, "in-progress"), (.reopened, "in-progress"),
            (.superseded, "in-progress"), (.certified, "completed"), (.refused, "refused"),
            (.withdrawn, "withdrawn"),
        ]
        #expect(Set(rows.map(\.0)) == Set(CaseState.allCases))
        for (state, status) in rows {
            let found = outwardStatus(of: Sample.record(state))
            #expect(found.name == status, "\(state)")
            #expect(found.isFinal == [.certified, .refused, .withdrawn].contains(state))
        }
    }

    @Test("A refusal names its kind, and an erasure that leaves records out is partial")
    func grounds() {
        var progress = CaseProgress()
        progress.legal.refusal = Refusal(
            ground: "art12-6-identity", text: "No answer came.", toldAt: Sample.start, actor: "ada")
        #expect(
            outwardStatus(of: Sample.record(.refused, progress: progress))
                == .refused(.identity))
        #expect(outwardStatus(of: Sample.record(.refused)) == .refused(.other))
        progress = CaseProgress()
        for (record, ground) in [("people/2", "art17-3-e"), ("people/1", "art17-3-a")] {
            progress.legal.exemptions.append(
                Exemption(ground: ground, record: record, at: Sample.start, actor: "ada"))
        }
        #expect(
            outwardStatus(of: Sample.record(.certified, progress: progress))
                == .partlyCompleted)
    }

    @Test("A duplicate is answered as the case that stands in for it, but not with its refusal")
    func duplicate() {
        func standIn(_ state: CaseState, number: Int = 2) -> CaseRecord {
            CaseRecord(
                id: CaseID(year: 2026, number: number), state: state, version: 1,
                createdAt: Sample.start, receivedAt: Sample.start, dueAt: Sample.start,
                regime: .gdprEU, sourceFormat: "opendsr", requestDigest: Digest(of: "r"),
                sourceIDDigest: Digest(of: "s"))
        }
        var progress = CaseProgress()
        progress.legal.supersededBy = Supersession(
            by: CaseID(year: 2026, number: 2), level: .document, at: Sample.start, actor: "ada")
        let record = Sample.record(.superseded, progress: progress)
        #expect(outwardStatus(of: record, standIn: standIn(.certified)) == .completed)
        #expect(outwardStatus(of: record, standIn: standIn(.awaitingIdentity)) == .awaitingIdentity)
        #expect(outwardStatus(of: record, standIn: standIn(.refused)) == .inProgress)
        #expect(outwardStatus(of: record, standIn: standIn(.withdrawn)) == .inProgress)
        #expect(outwardStatus(of: record, standIn: standIn(.certified, number: 3)) == .inProgress)
    }

    @Test("Grounds are found by their id in both spellings, and each has its article and duty")
    func data() throws {
        let ids = [
            "art17-3-a", "art17-3-b", "art17-3-c", "art17-3-d", "art17-3-e", "art12-5-unfounded",
            "art12-5-excessive", "art11-2-unidentifiable", "art12-6-identity",
        ]
        for id in ids {
            let ground = try RefusalGround.named(id.replacingOccurrences(of: "-", with: "_"))
            #expect(ground.id == id)
            #expect(ground.regimes == [.gdprEU, .gdprUK])
            #expect(!ground.duties.isEmpty && ground.article.hasPrefix("Art. 1"))
        }
        #expect(builtinErasureGrounds.map(\.article).last == "Art. 17(1)(f)")
        #expect(try ErasureGround.named("art17_1_b").id == "art17-1-b")
        #expect(builtinErasureGrounds.count == 6)
        let all = builtinRefusalGrounds.map(\.id) + builtinErasureGrounds.map(\.id)
        #expect(Set(all).count == all.count)
        for regime in Regime.allCases {
            #expect(builtinRefusalGrounds.contains { $0.regimes.contains(regime) && $0.fitsParts })
        }
        let notice = refusalNotice(
            try RefusalGround.named("art17-3-e"), text: "A lawsuit is pending.", under: .gdprEU)
        #expect(notice.contains("Art. 17(3)(e)") && notice.contains("A lawsuit is pending."))
        #expect(notice.contains("supervisory authority") && notice.contains("court"))
        for regime in Regime.allCases {
            #expect(try RefusalGround.named(RefusalGround.unstated, under: regime).kind == .other)
            #expect(throws: CaseworkError.self) {
                try RefusalGround.named(RefusalGround.unstated, under: regime, forPart: true)
            }
        }
    }
}
