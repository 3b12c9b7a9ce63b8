import Domain
import Reports

/// The model before and after, and how the one was made from the other.
extension CertificatePage {
    func method() -> HTMLFragment {
        let method = certificate.method
        let model = certificate.model
        return section(
            "method", "",
            """
            \(facts("method.caption", [
                ("method.name", term("method", method.id)),
                ("method.class", term("class", method.methodClass.rawValue)),
                ("method.run", "<code>\(method.runID)</code>"),
                ("method.cases", "\(words.grouped(method.casesInRun))"),
                ("method.attempts",
                    "\(words.text("method.attempts.text", count: method.attempts.count))"),
                ("method.tool", "\(certificate.tool.name) \(certificate.tool.version)"),
            ]))\
            \(facts("model.caption", [
                ("model.name", foreign(model.name)),
                ("model.form", words.html("model.form.text", [
                    "family": "\(model.family)", "format": "\(model.format)",
                    "parameters": "\(words.grouped(model.parameterCount))",
                ])),
                ("model.release", model.releaseContext.map { term("release", $0.rawValue) }),
                ("model.before", digest(model.before)), ("model.after", digest(model.after)),
            ]))\
            \(methodDetails())
            """)
    }

    private func methodDetails() -> HTMLFragment {
        let method = certificate.method
        let parameters = method.parameters.sorted { $0.key < $1.key }.map {
            "\($0.key) = \(parameter($0.value))"
        }
        let lineage = method.lineageFacts.sorted { $0.key < $1.key }.map {
            name, value -> HTMLFragment in "<code>\(name)</code> \(foreign(value))"
        }
        let attempts: HTMLFragment =
            method.attempts.isEmpty
            ? .empty
            : table(
                "method.earlier",
                columns: ["method.attempt", "method.name", "method.not-passed"],
                rows: method.attempts.enumerated().map { index, attempt in
                    [
                        "\(index + 1)", term("method", attempt.method),
                        "<code>\(attempt.failedChecks.joined(separator: ", "))</code>",
                    ]
                })
        let files = certificate.model.files.map { file -> HTMLFragment in
            "\(foreign(file.path)) \(digest(file.digest))"
        }
        return details(
            "method.details",
            """
            \(attempts)\(facts("method.inputs", [
                ("method.parameters", parameters.isEmpty
                    ? "\(words.text("method.defaults"))" : "\(parameters.joined(separator: ", "))"),
                ("method.version", "\(method.version)"), ("method.seed", "\(method.seed)"),
                ("method.lineage", lineage.isEmpty ? nil : list(lineage, class: "plain")),
                ("model.files", list(files, class: "plain")),
                ("model.runs", certificate.model.trainingRuns.isEmpty
                    ? nil : "\(certificate.model.trainingRuns.joined(separator: ", "))"),
                ("method.build", certificate.tool.buildDigest.map { digest($0) }),
            ]))
            """)
    }

    private func parameter(_ value: DeletionCertificate.ParameterValue) -> String {
        switch value {
        case .number(let number): words.number(number)
        case .text(let text): text
        case .flag(let flag): words.text(flag ? "flag.yes" : "flag.no")
        }
    }
}
