import TensorCore
import Testing

@Suite struct TargetLogProbabilityTests {
    /// More than 8 Mi logits: three chunks, computed again for backward.
    static let vocabulary = 9_001
    static let tokens = 1_200
    static let width = 6

    struct Run {
        let scores: [Float]
        let isLargest: [Bool]
        let hiddenGradient: [Float]
        let headGradient: [Float]
        let biasGradient: [Float]
    }

    /// All rows at once, or cut into parts of `partCount` rows on tapes of their own.
    static func run(partCount: Int? = nil) throws -> Run {
        var random = RandomNumbers(seed: 1)
        func parameter(_ name: String, _ shape: [Int], _ random: inout RandomNumbers) -> Parameter {
            Parameter(
                name: name,
                value: Tensor(
                    shape, values: (0..<shape.reduce(1, *)).map { _ in random.normal() }))
        }
        let hidden = (0..<tokens * width).map { _ in random.normal() }
        let head = parameter("head", [vocabulary, width], &random)
        let bias = parameter("bias", [vocabulary], &random)
        let rows = Array(stride(from: 0, to: tokens, by: 1))
        let targets = rows.map { Int32($0 * 31 % vocabulary) }
        let seed = OperationCase.seed(tokens)
        var scores: [Float] = []
        var isLargest: [Bool] = []
        var slopes = Array(repeating: Float(0), count: hidden.count)
        let size = partCount ?? tokens
        for start in stride(from: 0, to: tokens, by: size) {
            let part = start..<min(tokens, start + size)
            let tape = Tape()
            let leaf = tape.constant(Tensor([tokens, width], values: hidden))
            let result = tape.targetLogProbabilities(
                hidden: leaf, head: head, bias: bias, rows: Array(rows[part]),
                targets: Array(targets[part]))
            scores += result.logProbabilities.value.values
            isLargest += result.isLargest
            tape.backward(
                from: result.logProbabilities,
                seed: Tensor([part.count], values: Array(seed[part])))
            let gradient = try #require(leaf.gradient).values
            for index in slopes.indices { slopes[index] += gradient[index] }
        }
        return Run(
            scores: scores, isLargest: isLargest, hiddenGradient: slopes,
            headGradient: head.gradient.values, biasGradient: bias.gradient.values)
    }

    @Test("Chunks computed again for backward give what kept ones give")
    func chunked() throws {
        let whole = try Self.run()
        let parts = try Self.run(partCount: 400)
        func error(_ a: [Float], _ b: [Float]) -> Double {
            OperationTests.relativeError(a, b.map(Double.init))
        }
        #expect(error(whole.scores, parts.scores) < OperationTests.valueTolerance)
        #expect(whole.isLargest == parts.isLargest)
        #expect(error(whole.hiddenGradient, parts.hiddenGradient) < 1e-5)
        #expect(error(whole.headGradient, parts.headGradient) < 1e-5)
        #expect(error(whole.biasGradient, parts.biasGradient) < 1e-5)
        #expect(whole.hiddenGradient.contains { $0 != 0 })
    }

    @Test("Every chunk's values equal the formula in double precision")
    func values() throws {
        let whole = try Self.run()
        var random = RandomNumbers(seed: 1)
        func numbers(_ count: Int, _ random: inout RandomNumbers) -> [Double] {
            (0..<count).map { _ in Double(random.normal()) }
        }
        let hidden = numbers(Self.tokens * Self.width, &random)
        let head = numbers(Self.vocabulary * Self.width, &random)
        let bias = numbers(Self.vocabulary, &random)
        let rows = Array(stride(from: 0, to: Self.tokens, by: 7))
        let expected = DoubleReference.targetLogProbabilities(
            hidden, head, bias, width: Self.width, rows: rows,
            targets: rows.map { Int32($0 * 31 % Self.vocabulary) })
        #expect(
            OperationTests.relativeError(rows.map { whole.scores[$0] }, expected)
                < OperationTests.valueTolerance)
    }

    @Test(
        "The weighted sum is that of the single values, with the same gradients",
        arguments: [1, 40])
    func weighted(vocabularyScale: Int) {
        let (tokens, width, vocabulary) = (1_200, 6, 500 * vocabularyScale)
        func run(_ body: (Tape, Activation, Parameter, Parameter) -> Void) -> [[Float]] {
            var random = RandomNumbers(seed: 4)
            func values(_ shape: [Int]) -> Tensor {
                Tensor(shape, values: (0..<shape.reduce(1, *)).map { _ in random.normal() })
            }
            let tape = Tape()
            let leaf = tape.constant(values([tokens, width]))
            let head = Parameter(name: "head", value: values([vocabulary, width]))
            let bias = Parameter(name: "bias", value: values([vocabulary]))
            body(tape, leaf, head, bias)
            return [leaf.gradient?.values ?? [], head.gradient.values, bias.gradient.values]
        }
        // Not every row, one of them twice.
        let rows = (0..<tokens).filter { $0 % 5 != 2 } + [7]
        let targets = rows.map { Int32($0 * 31 % vocabulary) }
        let weights = rows.map { Float($0 % 7) / 7 - 0.3 }
        var single: [Float] = []
        var together: [Float] = []
        var sum = Float(0)
        let expected = run { tape, leaf, head, bias in
            let scores = tape.targetLogProbabilities(
                hidden: leaf, head: head, bias: bias, rows: rows, targets: targets)
            single = scores.logProbabilities.value.values
            tape.backward(
                from: scores.logProbabilities, seed: Tensor([rows.count], values: weights))
        }
        let found = run { tape, leaf, head, bias in
            let result = tape.weightedLogProbability(
                hidden: leaf, head: head, bias: bias, rows: rows, targets: targets,
                weights: weights)
            together = result.logProbabilities
            sum = result.sum.value.pointer[0]
            tape.backward(from: result.sum, seed: Tensor([1], values: [1]))
        }
        #expect(OperationTests.relativeError(together, single.map(Double.init)) < 1e-6)
        let total = zip(weights, single).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(Double(sum) - total) < 1e-4 * abs(total))
        for (a, b) in zip(found, expected) {
            #expect(OperationTests.relativeError(a, b.map(Double.init)) < 1e-5)
            #expect(b.contains { $0 != 0 })
        }
    }
}
