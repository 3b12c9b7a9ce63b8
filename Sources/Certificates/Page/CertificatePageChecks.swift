import Domain

/// The page's part on measurements, and on what they do not say.
extension CertificatePage {
    func overview() -> HTMLFragment {
        let report = certificate.verification
        return """
            <section aria-labelledby="checks-title">
            <h2 id="checks-title">Verification</h2>
            <p>Policy <bdi>\(certificate.policy.name)</bdi> (\(certificate.policy.digest)), fixed \
            before the run. Compared with \(NumberText.counted(report.twinCount, "twin")): \
            invented or other people whose values stand in the place of the person's. Source: \
            <bdi>\(report.twinSource)</bdi>. Seed \(report.seed).</p>
            \(HTMLFragment.table(
                "Every check and its outcome", columns: ["Check", "Question", "Family", "Outcome"],
                rows: report.checks.map {
                    [
                        "<code>\($0.id)</code>", "\($0.title)", "\($0.family)",
                        HTMLFragment.badge($0.outcome),
                    ]
                }))
            </section>

            """
    }

    func checks() -> HTMLFragment {
        let sections = certificate.verification.checks.map { check -> HTMLFragment in
            let note: HTMLFragment = check.note.map { "<p>\($0)</p>\n" } ?? .empty
            let measurements: HTMLFragment =
                check.measurements.isEmpty
                ? "<p>No measurement.</p>\n"
                : .table(
                    "Measurements of \(check.id)",
                    columns: ["Measurement", "Value", "Must be", "Interval", "Result", "Note"],
                    rows: check.measurements.map(cells))
            return """
                <section class="check">
                <h3>\(check.title) \(HTMLFragment.badge(check.outcome))</h3>
                \(note)\(measurements)</section>

                """
        }
        return """
            <section aria-labelledby="measurements-title">
            <h2 id="measurements-title">Measurements</h2>
            \(HTMLFragment.joined(sections))</section>

            """
    }

    private func cells(_ measurement: Measurement) -> [HTMLFragment] {
        let value = measurement.value.map {
            NumberText.text($0, against: measurement.threshold)
        }
        var demand = "not gated"
        var result: HTMLFragment = "information"
        if let threshold = measurement.threshold, let direction = measurement.direction {
            demand = NumberText.demand(direction, threshold)
            result =
                switch measurement.outcome {
                case .passed: "<span class=\"holds\">&#10003; holds</span>"
                case .failed: "<span class=\"broken\">&#10007; does not hold</span>"
                case .couldNotCheck: "? could not check"
                }
        }
        let interval = [measurement.interval.map(NumberText.interval), measurement.intervalKind]
            .compactMap(\.self).joined(separator: ", ")
        return [
            "\(measurement.name)", "\(value ?? "missing")", "\(demand)",
            "\(interval.isEmpty ? "–" : interval)", result, "\(measurement.note ?? "–")",
        ]
    }

    func coverage() -> HTMLFragment {
        """
        <section aria-labelledby="coverage-title">
        <h2 id="coverage-title">Attacks that were tried</h2>
        <p>The classes of attack of EDPB Opinion 28/2024, paragraph 55. A good result shows \
        resistance to what was run, and to nothing else.</p>
        \(HTMLFragment.table(
            "Classes of attack", columns: ["Class", "What it tries", "Run?", "Checks", "Note"],
            rows: certificate.attackCoverage.map {
                [
                    "\($0.attackClass.title)", "\($0.attackClass.explanation)",
                    "<span class=\"status\">\($0.status.text)</span>",
                    "\($0.checks.isEmpty ? "–" : $0.checks.joined(separator: ", "))",
                    "\($0.note ?? "–")",
                ]
            }))
        </section>

        """
    }

    func limits() -> HTMLFragment {
        let report = certificate.verification
        let untested = report.untestedFields.sorted { $0.key < $1.key }.map {
            ["\($0.key)", "\($0.value)"] as [HTMLFragment]
        }
        var notTested = certificate.notTested
        notTested += report.notTested.filter { !notTested.contains($0) }
        let fields: HTMLFragment =
            untested.isEmpty
            ? .empty
            : .table("Fields not tested", columns: ["Field", "Reason"], rows: untested)
        let tested =
            report.testedFields.isEmpty ? "none" : report.testedFields.joined(separator: ", ")
        let environment: HTMLFragment =
            report.environment.isEmpty
            ? .empty
            : .facts(
                "Environment of the measurements",
                report.environment.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") })
        let residuals: HTMLFragment =
            certificate.residuals.isEmpty
            ? "<p>None is known.</p>\n"
            : .table(
                "Copies outside the model", columns: ["What", "What happens to it", "Digest"],
                rows: certificate.residuals.map {
                    [
                        "\($0.what)", "\($0.disposition)",
                        $0.digest.map { "\($0)" } ?? "<span>none recorded</span>",
                    ]
                })
        return """
            <section aria-labelledby="limits-title">
            <h2 id="limits-title">What this certificate does not say</h2>
            <h3>What was not tested</h3>
            <p>Fields of the person that were tested: \(tested).</p>
            \(fields)<p>Also not tested:</p>
            \(HTMLFragment.list(notTested, ifEmpty: "Nothing is recorded."))
            <h3>Copies that still hold the records</h3>
            \(residuals)
            <h3>Limitations</h3>
            \(HTMLFragment.list(
                certificate.limitations + PlainWords.standingLimitations,
                ifEmpty: "None is recorded."))
            \(environment)</section>

            """
    }

    func howToCheck() -> HTMLFragment {
        """
        <section aria-labelledby="check-title">
        <h2 id="check-title">How to check the signature yourself</h2>
        <p>With OpenSSL 3 in the folder of this page: run <code>sh verify.sh</code>, or type the \
        commands yourself. The third must print \
        <samp>Signature Verified Successfully</samp>.</p>
        <pre class="commands"><code>\(VerificationCommands.extractPayload)</code></pre>
        <pre class="commands"><code>\(VerificationCommands.extractSignature)</code></pre>
        <pre class="commands"><code>\(VerificationCommands.verify)</code></pre>
        <p>Then <code>statement.json</code> holds what was signed. The key must be the issuer's: \
        compare its id with the one the issuer publishes, not with the one on this page.</p>
        <pre class="commands"><code>\(VerificationCommands.keyID)</code></pre>
        <p>Id of the key that signed: \(verified.key.keyID)</p>
        <pre>\(verified.key.pemRepresentation)</pre>
        </section>

        """
    }
}
