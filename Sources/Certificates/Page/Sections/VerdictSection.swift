import Domain
import Reports

/// The verdict in one sentence, the ladder of words it stands on, and what it means and does not.
extension CertificatePage {
    private var claim: DeletionCertificate.Claim { certificate.claim }

    func verdict() -> HTMLFragment {
        let word = words.text("claim.\(claim.level.rawValue)")
        let headline =
            claim.isPartial ? words.text("verdict.partial", ["claim": word]) : word
        let extent = words.text(claim.isPartial ? "verdict.extent.part" : "verdict.extent.whole")
        let time = words.html(
            certificate.onTime ? "verdict.on-time" : "verdict.late",
            [
                "received": words.day(certificate.receivedAt),
                "issued": words.day(certificate.issuedAt), "due": words.day(certificate.dueAt),
            ])
        let sentence = words.html(
            "verdict.\(claim.level.rawValue)",
            [
                "model": "<strong>\(foreign(certificate.model.name))</strong>",
                "extent": "\(extent)",
            ],
            count: certificate.scope.recordCount)
        return """
            <section class="verdict \(claim.level.rawValue)" aria-labelledby="verdict-title">
            <h2 id="verdict-title">\(capitalised(headline))</h2>
            <p class="sentence">\(sentence)</p>
            <p class="time"><span aria-hidden="true">\
            \(certificate.onTime ? "&#10003;" : "&#10007;" as HTMLFragment)</span> \(time)</p>
            \(ladder())</section>

            """
    }

    private func ladder() -> HTMLFragment {
        let rungs = DeletionCertificate.ClaimLevel.allCases.map { level -> HTMLFragment in
            let word = words.text("claim.\(level.rawValue)")
            return level == claim.level
                ? "<li><strong>&#9679; \(word)</strong> \(words.text("verdict.here"))</li>\n"
                : "<li>&#9675; \(word)</li>\n"
        }
        return """
            <p class="rungs-title">\(words.text("verdict.ladder"))</p>
            <ol class="rungs">
            \(HTMLFragment.joined(rungs))</ol>

            """
    }

    func meaning() -> HTMLFragment {
        let level = claim.level.rawValue
        var means: [HTMLFragment] = ["\(words.text("means.\(level)"))"]
        if claim.isPartial { means.append("\(words.text("means.partial"))") }
        means.append(
            "\(words.text("means.tests", count: certificate.verification.checks.count))")
        let not: [HTMLFragment] = [
            "means-not.\(level)", "means-not.one-model", "means-not.records-found",
            "means-not.signature",
        ].map { "\(words.text($0))" }
        return """
            <div class="pair">
            \(section("means", "", list(means)))\(section("means-not", "", list(not)))</div>

            """
    }
}
