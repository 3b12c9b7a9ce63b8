import Domain
import Reports

/// The case, its clock, and which records were found and how.
extension CertificatePage {
    func caseAndScope() -> HTMLFragment {
        section("scope", "", "\(caseFacts())\(scopeFacts())\(scopeDetails())")
    }

    private func caseFacts() -> HTMLFragment {
        let deadline = certificate.deadline
        let identity = certificate.identity.map { identity -> HTMLFragment in
            words.html(
                "case.identity.text",
                [
                    "level": term("identity", identity.level.rawValue),
                    "time": words.day(identity.verifiedAt), "name": foreign(identity.verifiedBy),
                ])
        }
        let dueKey = deadline.extendedTo == nil ? "case.due.text" : "case.due.extended"
        return facts(
            "case.caption",
            [
                ("case.law", term("regime", certificate.regime.rawValue)),
                ("case.ground", certificate.ground.map { term("ground", $0) }),
                ("case.received", words.day(certificate.receivedAt)),
                (
                    "case.due",
                    words.html(
                        dueKey,
                        [
                            "start": words.day(deadline.start), "due": words.day(deadline.due),
                            "extended": words.day(deadline.extendedTo ?? deadline.due),
                            "zone": "\(deadline.timeZone)",
                        ])
                ),
                ("case.identity", identity),
                (
                    "case.person",
                    "\(words.text("case.person.text", count: certificate.subject.commitments.count))"
                ),
            ])
    }

    private func scopeFacts() -> HTMLFragment {
        let scope = certificate.scope
        let keys = scope.searchKeys.sorted { $0.key < $1.key }.map { kind, count -> HTMLFragment in
            "\(term("field", kind)) (\(words.grouped(count)))"
        }
        let keyList = HTMLFragment.joined(
            keys.enumerated().map { index, key -> HTMLFragment in
                "\(index == 0 ? "" : ", ")\(key)"
            })
        let recall = scope.searchRecall.map { recall -> HTMLFragment in
            let counts: [String: HTMLFragment] = [
                "bound": "<strong>\(words.percent(recall.lowerBound))</strong>",
                "found": "\(words.grouped(recall.found))",
                "planted": "\(words.grouped(recall.planted))",
                "time": words.day(recall.measuredAt),
            ]
            return """
                \(words.html(
                    recall.isOfThisIndex ? "scope.recall.here" : "scope.recall.elsewhere",
                    counts)) \
                \(words.text("scope.namesakes", [
                    "taken": words.grouped(recall.namesakeRecordsTaken),
                ], count: recall.namesakeRecords))
                """
        }
        return facts(
            "scope.caption",
            [
                ("scope.records", "<strong>\(words.grouped(scope.recordCount))</strong>"),
                ("scope.corpora", foreign(scope.corpora.joined(separator: ", "))),
                ("scope.keys", keys.isEmpty ? nil : keyList),
                ("scope.recall", recall ?? "\(words.text("scope.recall.none"))"),
            ])
    }

    private func scopeDetails() -> HTMLFragment {
        let scope = certificate.scope
        var limits = scope.notSearched
        limits += (scope.searchRecall?.notSearched ?? []).filter { !limits.contains($0) }
        let notSearched: HTMLFragment =
            limits.isEmpty
            ? .empty
            : "<h3>\(words.text("scope.not-searched"))</h3>\n\(list(limits.map(quoted)))"
        let calendar = certificate.deadline.calendarDigest.map { digest($0) }
        return details(
            "scope.details",
            """
            \(notSearched)\(facts("scope.digests", [
                ("scope.record-set", digest(scope.recordSetDigest)),
                ("scope.index", digest(scope.indexDigest)),
                ("scope.shards", list(scope.shardDigests.map { digest($0) }, class: "plain")),
                ("case.calendar", certificate.deadline.calendar.map {
                    "\($0) \(calendar ?? .empty)"
                }),
                ("case.request", digest(certificate.requestDigest)),
                ("case.salt", "<code class=\"digest\">\(certificate.salt.hexadecimal)</code>"),
                ("case.commitments", list(
                    certificate.subject.commitments.map { digest($0) }, class: "plain")),
                ("case.supersedes", certificate.supersedes.map { digest($0) }),
            ]))
            """)
    }
}
