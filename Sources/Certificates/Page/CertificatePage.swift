import Domain

/// The certificate as a page for people: one file, no scripts, nothing loaded from elsewhere.
///
/// It is a rendering. The signed JSON is the certificate, and the page says so. Equal certificates
/// give equal pages.
/// - Parameter verified: only what was verified can be rendered.
package func renderHTML(_ verified: VerifiedCertificate) -> String {
    CertificatePage(verified: verified).document().markup
}

/// The parts of the page, in their order.
struct CertificatePage {
    let verified: VerifiedCertificate
    var certificate: DeletionCertificate { verified.certificate }

    func document() -> HTMLFragment {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Certificate of deletion \(certificate.caseID.description)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <main>
        \(header())\(verdict())\(investigation())\(facts())\(scope())\(method())\(overview())\
        \(checks())\(coverage())\(limits())\(howToCheck())
        </main>
        <footer>
        <p>This page is a rendering. The signed file <code>certificate.dsse.json</code> is the \
        certificate; where the two differ, the signed file counts.</p>
        <p>Digest (SHA-256) of the signed content: \(verified.payloadDigest)</p>
        </footer>
        </body>
        </html>

        """
    }

    private func header() -> HTMLFragment {
        """
        <header>
        <p class="kind">Certificate of deletion from a language model</p>
        <h1>Case \(certificate.caseID.description)</h1>
        <p>Issued \(certificate.issuedAt) by \(certificate.operatorName)</p>
        </header>

        """
    }

    private func verdict() -> HTMLFragment {
        let count = certificate.verification.checks.count
        let open = certificate.checksNotPassed.count
        let result: HTMLFragment =
            open == 0
            ? "\(HTMLFragment.badge(.passed)) All \(NumberText.counted(count, "check"))."
            : """
            \(HTMLFragment.badge(certificate.verification.outcome)) \
            \(NumberText.counted(open, "check")) of \(count) did not pass. The certificate \
            rests on the proof by lineage and a closed investigation.
            """
        let explanation =
            switch certificate.method.methodClass {
            case .exact:
                "The model was trained again without the person's records, by the same recipe. It "
                    + "is the model that would exist had the records never been there."
            case .approximate:
                "The model was changed so that the tests below no longer find the person's data in "
                    + "it. This is measured, not proven: it is not the same as training again "
                    + "without the records."
            case .suppression: "The model was taught to answer otherwise. Nothing was deleted."
            case .control: "The model was not changed."
            }
        let deadline =
            certificate.onTime
            ? "within the deadline, which ended" : "AFTER the deadline, which ended"
        return """
            <section class="verdict \(certificate.method.methodClass.rawValue)" \
            aria-labelledby="verdict-title">
            <h2 id="verdict-title">\(sentenceCase(certificate.method.methodClass.text))</h2>
            <p>\(explanation)</p>
            <p>\(NumberText.counted(certificate.scope.recordCount, "record")) of one person \
            \(certificate.scope.recordCount == 1 ? "was" : "were") removed from the model \
            <bdi>\(certificate.model.name)</bdi> by the method \
            <strong>\(certificate.method.id)</strong>. The request arrived \
            \(certificate.receivedAt); the certificate was issued \(deadline) \
            \(certificate.dueAt).</p>
            <p class="result">\(result)</p>
            </section>

            """
    }

    private func investigation() -> HTMLFragment {
        guard let investigation = certificate.investigation else { return .empty }
        return """
            <section class="investigation" aria-labelledby="investigation-title">
            <h2 id="investigation-title">Closed investigation</h2>
            <p>These checks did not pass: \(investigation.failedChecks.joined(separator: ", ")).</p>
            <p>\(investigation.closedBy) closed the investigation \(investigation.closedAt), \
            giving as the reason:</p>
            <blockquote><p>\(investigation.reason)</p></blockquote>
            </section>

            """
    }

    private func facts() -> HTMLFragment {
        let ground = certificate.ground.map { PlainWords.ground($0) } ?? "not stated in the request"
        return """
            <section aria-labelledby="case-title">
            <h2 id="case-title">The case</h2>
            \(HTMLFragment.facts("Who, what and when", [
                ("Case", "\(certificate.caseID.description)"),
                ("Law", "\(PlainWords.regime(certificate.regime))"),
                ("Ground", "\(ground)"),
                ("Request received", "\(certificate.receivedAt)"),
                ("Deadline", "\(certificate.dueAt)"),
                (
                    "Issued",
                    "\(certificate.issuedAt) (\(certificate.onTime ? "on time" : "late"))"
                ),
                ("Answerable", "\(certificate.operatorName)"),
                (
                    "Person",
                    "\(NumberText.counted(certificate.subject.commitments.count, "commitment"))"
                ),
                ("Request file", "salted SHA-256 \(certificate.requestDigest)"),
                ("Salt", "<code class=\"digest\">\(certificate.salt.hexadecimal)</code>"),
                ("Made with", "\(certificate.tool.name) \(certificate.tool.version)"),
            ]))
            <p class="note">The page names nobody. Only who holds the person's receipt can show that \
            the certificate is about that person.</p>
            </section>

            """
    }

    private func scope() -> HTMLFragment {
        let shards = certificate.scope.shardDigests.map { "<li>\($0)</li>" } as [HTMLFragment]
        let records: [(name: String, value: HTMLFragment)] = [
            ("Corpora", "\(certificate.scope.corpora.joined(separator: ", "))"),
            ("Records", "\(NumberText.grouped(certificate.scope.recordCount))"),
            ("Set of records", "\(certificate.scope.recordSetDigest)"),
            ("Found with index", "\(certificate.scope.indexDigest)"),
            ("In shards", "<ul class=\"plain\">\(HTMLFragment.joined(shards))</ul>"),
        ]
        return """
            <section aria-labelledby="scope-title">
            <h2 id="scope-title">What was removed, and from what</h2>
            \(HTMLFragment.facts("Records", records + searchFacts()))
            \(HTMLFragment.facts("Model", [
                ("Name", "<bdi>\(certificate.model.name)</bdi>"),
                ("Family", "\(certificate.model.family)"),
                ("Parameters", "\(NumberText.grouped(certificate.model.parameterCount))"),
                ("Before", "\(certificate.model.before)"),
                ("After", "\(certificate.model.after)"),
            ]))
            </section>

            """
    }

    private func searchFacts() -> [(name: String, value: HTMLFragment)] {
        guard let recall = certificate.scope.searchRecall else { return [] }
        let limits = recall.notSearched.map { "<li>\($0)</li>" } as [HTMLFragment]
        let place = recall.isOfThisIndex ? "amid these corpora" : "amid other content"
        return [
            (
                "Found by a search that",
                """
                finds at least \(String(format: "%.2f", 100 * recall.lowerBound)) % of what is \
                planted of invented people, with 95 % confidence \
                (\(NumberText.grouped(recall.found)) of \(NumberText.grouped(recall.planted)), of these \
                \(NumberText.grouped(recall.foundWithoutAsking)) without asking the operator; \
                measured \(place) on \(recall.measuredAt.dateText) with Lethe \(recall.version)). Of \
                \(NumberText.counted(recall.namesakeRecords, "record")) of namesakes it took \
                \(NumberText.grouped(recall.namesakeRecordsTaken)).
                """
            ),
            ("It does not look for", "<ul class=\"plain\">\(HTMLFragment.joined(limits))</ul>"),
        ]
    }

    private func method() -> HTMLFragment {
        let method = certificate.method
        let parameters = method.parameters.sorted { $0.key < $1.key }.map {
            "\($0.key) = \(PlainWords.parameter($0.value))"
        }
        let facts = method.lineageFacts.sorted { $0.key < $1.key }.map {
            (name: $0.key, value: "\($0.value)" as HTMLFragment)
        }
        let attempts: HTMLFragment =
            method.attempts.isEmpty
            ? "<p>This was the first attempt.</p>\n"
            : .table(
                "Earlier attempts, which did not pass",
                columns: ["Attempt", "Method", "Checks that did not pass"],
                rows: method.attempts.enumerated().map { index, attempt in
                    [
                        "\(index + 1)", "\(attempt.method)",
                        "\(attempt.failedChecks.joined(separator: ", "))",
                    ]
                })
        return """
            <section aria-labelledby="method-title">
            <h2 id="method-title">Method</h2>
            \(HTMLFragment.facts("How it was done", [
                ("Method", "\(method.id), version \(method.version)"),
                (
                    "Class",
                    "<strong>\(method.methodClass.text)</strong> (\(method.methodClass.rawValue))"
                ),
                (
                    "Parameters",
                    parameters.isEmpty
                        ? "the method's defaults" : "\(parameters.joined(separator: ", "))"
                ),
                ("Seed", "\(method.seed)"),
                ("Run", "<code>\(method.runID)</code>"),
                ("Cases in this run", "\(method.casesInRun)"),
            ]))
            \(facts.isEmpty ? .empty : HTMLFragment.facts("Lineage and environment", facts))
            \(attempts)</section>

            """
    }

    private func sentenceCase(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }
}
