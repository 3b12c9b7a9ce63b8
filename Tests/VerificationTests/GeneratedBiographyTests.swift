import Domain
import LanguageModels
import Testing
import Verification

/// Generated twins on biographies that the project did not make up.
@Suite struct GeneratedBiographyTests {
    private func people() throws -> [PersonProfile] {
        try MetricFixture.lines("lume_bios.jsonl").enumerated().map { index, line in
            let subject = "p\(index)"
            let kinds: [IdentifierKind] = [.address, .dateOfBirth, .nationalID, .phone]
            let values = kinds.reduce(into: [IdentifierKind: String]()) {
                $0[$1] = line.at("values", $1.rawValue)?.text
            }
            let record = CorpusRecord(
                id: subject, prompt: try #require(line["prompt"]?.text),
                completion: try #require(line["completion"]?.text), subjects: [subject],
                values: values, digest: Digest(of: subject))
            return PersonProfile(subject: subject, records: [record])
        }
    }

    @Test(
        "LUME's numbers and dates are generated so that a model that knows such texts cannot tell")
    func biographies() throws {
        let people = try people()
        let language = ByteStatistics(
            texts: people[200...].flatMap(\.records)
                .map { EncodedRecord($0, tokenizer: ByteTokenizer()).ids })
        var policy = GatePolicy()
        policy.generatedTwins = .allowed
        func report(_ after: MemoryModel) throws -> VerificationReport {
            let gate = Gate(
                before: MemoryModel(language, remembered: people[0].records), after: after,
                twins: Array(people[1..<31]), neverTrained: Array(people[31..<150]),
                retained: Array(people[150..<200]), generalRecords: [], tokenizerText: nil,
                policy: policy, policyDigest: Digest(of: "policy"), seed: 1,
                twinSource: "LUME", environment: [:])
            return try #require(
                try gate.reports(for: [people[0]], context: WorkContext()).first)
        }
        let passed = try report(MemoryModel(language, remembered: []))
        #expect(passed.testedFields == ["date-of-birth", "national-id", "phone"])
        #expect(passed.untestedFields["address"]?.contains("too few people share") == true)
        #expect(passed.outcome(.controlTwins) == .passed)
        #expect(passed.outcome(.forgetValues) == .passed)
        let failed = try report(MemoryModel(language, remembered: people[0].records))
        #expect(failed.outcome(.controlTwins) == .passed)
        #expect(failed.outcome(.forgetValues) == .failed)
        #expect(failed.outcome(.controlUntouched) == .passed)
    }
}
