import Domain
import LanguageModels
import TensorCore
import Testing

/// One trained model for all: generating does not change it.
@Suite struct GenerationTests {
    let model: LanguageModel
    let prompts: [[Int32]]

    init() throws {
        model = try TinyModel.trained()
        let tokenizer = model.tokenizer
        prompts = TinyModel.corpus.map { EncodedRecord($0, tokenizer: tokenizer).promptIDs }
    }

    @Test("A learned answer comes back word for word and ends at the end token")
    func stopsAtEnd() throws {
        let answers = try model.generate(prompts, maximumTokenCount: 30)
        for (answer, record) in zip(answers, TinyModel.corpus) {
            #expect(model.tokenizer.decode(answer) == " " + record.completion)
            #expect(!answer.contains(0))
        }
        let beyond = try model.generate(
            [prompts[0]], maximumTokenCount: answers[0].count + 1, sampler: .greedy,
            stopAtEnd: false)
        #expect(beyond[0] == answers[0] + [0])
    }

    @Test("Prompts generate the same together as alone")
    func batches() throws {
        let together = try model.generate(prompts, maximumTokenCount: 9)
        for (prompt, answer) in zip(prompts, together) {
            #expect(try model.generate([prompt], maximumTokenCount: 9) == [answer])
        }
        // More than are read side by side at once.
        let many = (0..<70).map { prompts[$0 % prompts.count] }
        let answers = try model.generate(many, maximumTokenCount: 9)
        for index in many.indices { #expect(answers[index] == together[index % prompts.count]) }
    }

    @Test("Generating is what scoring calls the first choice")
    func agreesWithScores() throws {
        let answers = try model.generate(prompts, maximumTokenCount: 5)
        let scores = try model.score(
            zip(prompts, answers).map { prompt, answer in
                ScoredSequence(
                    ids: prompt + answer, scored: prompt.count..<prompt.count + answer.count)
            })
        let flat = Array(scores.joined())
        #expect(flat.allSatisfy { $0.isGreedyChoice })
        #expect(flat.count == answers.joined().count)
    }

    @Test("A seed repeats its text, another writes another")
    func seeds() throws {
        func sample(_ seed: UInt64, _ prompts: [[Int32]]) throws -> [[Int32]] {
            try model.generate(
                prompts, maximumTokenCount: 12, sampler: Sampler(temperature: 3, seed: seed),
                stopAtEnd: false)
        }
        let first = try sample(1, prompts)
        #expect(try sample(1, prompts) == first)
        #expect(try sample(2, prompts) != first)
        #expect(try sample(1, [prompts[0]]) == [first[0]])
    }

    @Test(
        "Sampling among one token, or next to no probability, is greedy",
        arguments: [
            Sampler(temperature: 5, topK: 1, seed: 3), Sampler(temperature: 1, topP: 1e-9, seed: 3),
            Sampler(temperature: 1e-6, seed: 3),
        ])
    func narrow(sampler: Sampler) throws {
        let greedy = try model.generate(prompts, maximumTokenCount: 8)
        #expect(try model.generate(prompts, maximumTokenCount: 8, sampler: sampler) == greedy)
    }

    @Test("Top-k sampling stays among the k likeliest tokens and uses them all")
    func topK() throws {
        let prompt = prompts[0]
        var batch = PackedBatch()
        batch.appendRows(prompt, from: 0)
        let logits = try model.logits(of: batch, rows: [prompt.count - 1]).values
        let likeliest = Set(
            logits.indices.sorted { logits[$0] > logits[$1] }.prefix(3).map(Int32.init))
        var seen: Set<Int32> = []
        for seed in 0..<60 {
            let token = try model.generate(
                [prompt], maximumTokenCount: 1,
                sampler: Sampler(temperature: 50, topK: 3, seed: UInt64(seed)), stopAtEnd: false)
            seen.insert(token[0][0])
        }
        #expect(seen == likeliest)
    }

    @Test("Each token is reported as it comes")
    func reports() throws {
        var reported = prompts.map { _ in [Int32]() }
        let answers = try model.generate(
            prompts, maximumTokenCount: 6, sampler: .greedy,
            onToken: { reported[$0].append($1) })
        #expect(reported == answers)
    }

    @Test("Generation ends where the model's positions do")
    func positions() throws {
        let long = Array(repeating: Int32(5), count: 40)
        let counts = try model.generate(
            [Array(long.prefix(37)), long], maximumTokenCount: .max, sampler: .greedy,
            stopAtEnd: false
        ).map(\.count)
        // A token after each of the rows 37, 38, 39, 40.
        #expect(counts == [4, 1])
        #expect(try model.generate([long], maximumTokenCount: 0) == [[]])
        #expect(try model.generate([], maximumTokenCount: 5) == [])
    }

    @Test("A prompt longer than the model reads is an error that says how long")
    func tooLong() {
        let error = #expect(throws: ModelError.self) {
            try model.generate([Array(repeating: 5, count: 41)], maximumTokenCount: 3)
        }
        #expect(error?.code == .sequenceTooLong)
        #expect(error?.message.contains("41") == true)
        #expect(error?.message.contains("40") == true)
    }

    @Test("An empty prompt and an id beyond the vocabulary are errors")
    func unusable() {
        let empty = #expect(throws: ModelError.self) {
            try model.generate([[]], maximumTokenCount: 3)
        }
        #expect(empty?.code == .sequenceTooLong)
        for id: Int32 in [280, -1, .max] {
            let error = #expect(throws: ModelError.self) {
                try model.generate([[id]], maximumTokenCount: 3)
            }
            #expect(error?.code == .vocabularyMismatch)
        }
    }

    @Test("Packed records do not see each other", arguments: ["llama", "gpt2"])
    func packing(family: String) throws {
        let model = try TinyModel.make(family: family)
        func logits(_ middle: [Int32]) throws -> [Float] {
            var batch = PackedBatch()
            for ids in [[1, 2, 3], middle, [7, 8, 9, 10]] as [[Int32]] {
                batch.appendRows(ids, from: 0)
            }
            return try model.logits(of: batch).values
        }
        let a = try logits([4, 5, 6])
        let b = try logits([40, 50, 60])
        let width = 280
        #expect(a[..<(3 * width)].elementsEqual(b[..<(3 * width)]))
        #expect(a[(6 * width)...].elementsEqual(b[(6 * width)...]))
        #expect(!a[3 * width..<6 * width].elementsEqual(b[3 * width..<6 * width]))
    }
}
