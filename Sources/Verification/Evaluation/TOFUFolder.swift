import Domain
import Foundation

/// The questions of one split of TOFU, read from its files.
///
/// Each file is JSON lines, as TOFU is published, or one JSON array. A file that is missing is an error
/// that names it: a split without its holdout or its perturbed answers would leave numbers out silently.
struct TOFUFolder {
    let forget: [EvaluationQuestion]
    let retain: [EvaluationQuestion]
    let realAuthors: [EvaluationQuestion]
    let worldFacts: [EvaluationQuestion]
    let holdout: [CorpusRecord]

    static let splits = ["forget01", "forget05", "forget10"]

    /// - Throws: `unsuitable-evaluation` for an unknown split, `malformed-evaluation-data` naming the
    ///   file and the entry.
    init(_ folder: URL, split: String, settings: EvaluationSettings) throws {
        guard Self.splits.contains(split) else {
            throw VerificationError(
                .unsuitableEvaluation,
                "TOFU has no split of this name; its splits are "
                    + Self.splits.joined(separator: ", ") + ".",
                details: ["split": split], remedy: "Name one of them.")
        }
        func entries(_ name: String) throws -> [TOFUEntry] {
            settings.limited(try TOFUEntry.read(folder.appendingPathComponent("\(name).json")))
        }
        func questions(_ set: EvaluationSet, _ name: String) throws -> [EvaluationQuestion] {
            try entries(name).enumerated().map { index, entry in
                try entry.question(set, index, id: "\(name)/\(index)", settings: settings)
            }
        }
        let plain = try entries(split)
        let perturbed = try entries("\(split)_perturbed")
        guard plain.count == perturbed.count,
            zip(plain, perturbed).allSatisfy({
                $0.question == $1.question && $0.answer == $1.answer
            })
        else {
            throw VerificationError(
                .malformedEvaluationData,
                "\(split).json and \(split)_perturbed.json do not hold the same questions and "
                    + "answers in the same order.",
                details: ["file": "\(split)_perturbed.json"],
                remedy: "Take both from the same release of TOFU.")
        }
        forget = try perturbed.enumerated().map { index, entry in
            try entry.question(.forget, index, id: "\(split)/\(index)", settings: settings)
        }
        guard forget.allSatisfy({ $0.paraphrase != nil }) else {
            throw VerificationError(
                .malformedEvaluationData,
                "\(split)_perturbed.json has an entry without paraphrased_answer.",
                details: ["file": "\(split)_perturbed.json"],
                remedy: "Take it from a release of TOFU.")
        }
        retain = try questions(.retain, "retain_perturbed")
        realAuthors = try questions(.realAuthors, "real_authors_perturbed")
        worldFacts = try questions(.worldFacts, "world_facts_perturbed")
        let holdoutName = "holdout" + split.dropFirst("forget".count)
        holdout = try entries(holdoutName).enumerated().map { index, entry in
            try settings.record(
                id: "\(holdoutName)/\(index)", question: entry.question, answer: entry.answer)
        }
    }
}

/// One entry of a file of TOFU.
struct TOFUEntry {
    let question: String
    let answer: String
    let paraphrasedAnswer: String?
    let paraphrasedQuestion: String?
    let wrongAnswers: [String]
    /// File and place, for messages.
    private let place: String
    private let file: String

    static func read(_ url: URL) throws -> [TOFUEntry] {
        let name = url.lastPathComponent
        func failure(_ message: String, cause: (any Error)? = nil) -> VerificationError {
            VerificationError(
                .malformedEvaluationData, message, details: ["file": name],
                remedy: "Give a folder with the files of TOFU (locuslab/TOFU).", cause: cause)
        }
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw failure("The TOFU folder has no file \(name), which this split needs.")
        }
        let data = try DurableFile.read(url)
        let isArray = data.first { ![9, 10, 13, 32].contains($0) } == UInt8(ascii: "[")
        let values: [JSONValue]
        if isArray {
            do { values = try JSONParser.parse(data).items ?? [] } catch {
                throw failure("\(name) is not a JSON array that can be read.", cause: error)
            }
        } else {
            values = try data.split(separator: 10).enumerated()
                .filter { !$1.allSatisfy { [9, 13, 32].contains($0) } }
                .map { number, line in
                    do { return try JSONParser.parse(line) } catch {
                        throw failure(
                            "\(name): non-empty line \(number + 1) is not JSON.", cause: error)
                    }
                }
        }
        guard !values.isEmpty else { throw failure("\(name) holds no questions.") }
        return try values.enumerated().map { try TOFUEntry($1, number: $0 + 1, file: name) }
    }

    private init(_ value: JSONValue, number: Int, file: String) throws {
        place = "\(file), entry \(number)"
        self.file = file
        let texts = ["question", "answer"].map { value[$0]?.text ?? "" }
        let wrong = value["perturbed_answer"]?.items ?? []
        wrongAnswers = wrong.compactMap(\.text)
        guard texts.allSatisfy({ !$0.isEmpty }), wrongAnswers.count == wrong.count,
            wrongAnswers.allSatisfy({ !$0.isEmpty })
        else {
            throw VerificationError(
                .malformedEvaluationData,
                "\(place) lacks a question or an answer, or holds a wrong answer that is no text.",
                details: ["file": file, "entry": "\(number)"],
                remedy: "Take the file from a release of TOFU.")
        }
        (question, answer) = (texts[0], texts[1])
        paraphrasedAnswer = value["paraphrased_answer"]?.text
        paraphrasedQuestion = value["paraphrased_question"]?.text
    }

    func question(
        _ set: EvaluationSet, _ index: Int, id: String, settings: EvaluationSettings
    ) throws -> EvaluationQuestion {
        guard !wrongAnswers.isEmpty else {
            throw VerificationError(
                .malformedEvaluationData, "\(place) has no perturbed_answer.",
                details: ["file": file], remedy: "Take the file from a release of TOFU.")
        }
        func record(_ question: String, _ answer: String) throws -> CorpusRecord {
            try settings.record(id: id, question: question, answer: answer)
        }
        let asked = settings.asksParaphrasedQuestion ? paraphrasedQuestion ?? question : question
        return EvaluationQuestion(
            set: set, index: index, record: try record(question, answer),
            paraphrase: try paraphrasedAnswer.map { try record(question, $0) },
            askedParaphrase: try paraphrasedAnswer.map { try record(asked, $0) },
            wrong: try wrongAnswers.map { try record(question, $0) })
    }
}
