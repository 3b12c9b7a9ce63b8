import Domain
import Foundation
import TensorCore
import TestSupport
import Testing
import Unlearning

/// Objectives of whole distributions against `toy_oracle.json`, computed with numpy, and their slopes
/// against central differences.
@Suite struct LogitObjectiveTests {
    /// Logits and sums are float32.
    static let tolerance = 1e-6

    /// Logits of a set, one row for each place that predicts another, with labels and masks.
    struct Rows {
        let logits: Tensor
        let targets: [Int32]
        /// 1 where the label is scored.
        let mask: [Float]
        /// Rows of each sequence.
        let sequences: [Range<Int>]

        /// - Parameter allPlaces: keeps the last place too, which predicts nothing; its target is 0.
        init(_ set: String, _ model: String, allPlaces: Bool = false) throws {
            let json = try LogitObjectiveTests.oracle()
            let logits = try #require(json["logits"]?["\(set)_\(model)"]?.items)
            let labels = try #require(json["labels"]?[set]?.items)
            var values: [Float] = []
            var targets: [Int32] = []
            var mask: [Float] = []
            var sequences: [Range<Int>] = []
            for (rows, ids) in zip(logits, labels) {
                let rows = try #require(rows.items)
                let ids = try #require(ids.items).map { try #require($0.integer) }
                let start = targets.count
                for place in 0..<(allPlaces ? rows.count : rows.count - 1) {
                    values += try #require(rows[place].items).map { Float(try #require($0.real)) }
                    let label = place + 1 < ids.count ? ids[place + 1] : -100
                    targets.append(Int32(max(0, label)))
                    mask.append(label >= 0 ? 1 : 0)
                }
                sequences.append(start..<targets.count)
            }
            self.logits = Tensor([targets.count, 8], values: values)
            self.targets = targets
            self.mask = mask
            self.sequences = sequences
        }

        /// Log-probabilities of the targets.
        var logProbabilities: [Float] {
            let probabilities = logits.copy()
            let sums = probabilities.softmaxRows()
            return targets.indices.map {
                logits.pointer[8 * $0 + Int(targets[$0])] - sums[$0]
            }
        }
    }

    static func oracle() throws -> JSONValue {
        try JSONParser.parse(
            DurableFile.read(Fixtures.root.appendingPathComponent("metrics/toy_oracle.json")))
    }

    static func expected(_ name: String) throws -> Double {
        try #require(oracle()["expected"]?[name]?.real)
    }

    static func expect(_ value: Double, _ name: String) throws {
        let wanted = try expected(name)
        #expect(
            abs(value - wanted) < tolerance * max(1, abs(wanted)), "\(name): \(value) \(wanted)")
    }

    @Test("Divergence from the original equals numpy's, masked and over all places")
    func divergence() throws {
        let (student, reference) = (try Rows("retain", "student"), try Rows("retain", "ref"))
        try Self.expect(
            Objectives.divergence(
                from: reference.logits, student.logits.copy(), mask: student.mask),
            "kl_retain_masked_shifted(ref||cur)")
        try Self.expect(
            Objectives.divergence(
                from: student.logits, reference.logits.copy(), mask: student.mask),
            "kl_retain_reverse_masked(cur||ref)")
        let all = (
            try Rows("retain", "student", allPlaces: true),
            try Rows("retain", "ref", allPlaces: true)
        )
        try Self.expect(
            Objectives.divergence(
                from: all.1.logits, all.0.logits.copy(), mask: all.0.mask.map { _ in 1 }),
            "kl_retain_all_positions_mean(ref||cur)")
    }

    @Test("Self-distillation, CE-U and the logit margin equal numpy's")
    func distributions() throws {
        let (student, reference) = (try Rows("forget", "student"), try Rows("forget", "ref"))
        try Self.expect(
            Objectives.selfDistillation(
                reference: reference.logits, targets: student.targets, student.logits.copy(),
                mask: student.mask, beta: 10), "undial_beta10_masked_mean")
        // The published form leaves the first token of each answer out.
        var mask = student.mask
        for sequence in student.sequences {
            if let first = sequence.first(where: { mask[$0] == 1 }) { mask[first] = 0 }
        }
        try Self.expect(
            Objectives.crossEntropyUnlearning(
                targets: student.targets, student.logits.copy(), mask: mask),
            "ceu_ignore_first1")
        try Self.expect(
            Objectives.logitMargin(student.logits.copy(), mask: student.mask),
            "pdu_forget_shiftedmask")
    }

    @Test("Weighted ascents and simple preference equal numpy's")
    func weighted() throws {
        let rows = try Rows("forget", "student")
        let values = rows.logProbabilities
        for beta in [1.0, 2.0] {
            try Self.expect(
                Objectives.probabilityWeightedAscent(values, mask: rows.mask, beta: beta).loss,
                "wga_beta\(beta)")
        }
        try Self.expect(
            Objectives.saturationImportance(values, mask: rows.mask, beta1: 5, beta2: 1).loss,
            "satimp_b1_5_b2_1")
        func simple(_ beta: Double, _ delta: Double) -> Double {
            Objectives.simpleNegativePreference(
                values, mask: rows.mask, sequences: rows.sequences, beta: beta, delta: delta
            ).loss
        }
        // Absolute: these are 3e-8 and 3e-4, and float32 log-probabilities stand in an exponent.
        #expect(
            abs(simple(4.5, 0) / (try Self.expected("simnpo_code_beta4.5_delta0.0")) - 1) < 1e-5)
        #expect(
            abs(simple(2.5, 0.5) / (try Self.expected("simnpo_code_beta2.5_delta0.5")) - 1) < 1e-5)
    }

    @Test("Direct preference equals numpy's")
    func preference() throws {
        let (wanted, unwanted) = (try Rows("alt", "student"), try Rows("forget", "student"))
        let references = (try Rows("alt", "ref"), try Rows("forget", "ref"))
        var values: [Float] = []
        var mask: [Float] = []
        var sequences: [Range<Int>] = []
        var sums: [Double] = []
        for index in 0..<2 {
            for (rows, reference) in [(unwanted, references.1), (wanted, references.0)] {
                let range = rows.sequences[index]
                let start = values.count
                values += rows.logProbabilities[range]
                mask += rows.mask[range]
                sequences.append(start..<values.count)
                sums.append(
                    Objectives.maskedSum(reference.logProbabilities, reference.mask, range))
            }
        }
        try Self.expect(
            Objectives.directPreference(
                values, mask: mask, sequences: sequences, reference: sums, beta: 0.1
            ).loss, "dpo_beta0.1")
    }

    @Test("Gap alignment equals numpy's")
    func gap() throws {
        func rows(_ set: String, _ model: String) throws -> Tensor {
            try Rows(set, model, allPlaces: true).logits
        }
        let mask = Array(repeating: Float(1), count: 14)
        let parts = try #require(try Self.oracle()["expected"]?["kga_parts"]?.items)
            .map { try #require($0.real) }
        let gap = Objectives.divergence(
            from: try rows("alt", "ref"), try rows("alt", "student"), mask: mask)
        let result = Objectives.gapAlignment(
            to: gap, from: try rows("forget", "ref"), try rows("forget", "student"), mask: mask)
        #expect(abs(gap - parts[1]) < Self.tolerance)
        #expect(abs(result.currentGap - parts[0]) < Self.tolerance)
        try Self.expect(result.loss, "kga_align_abs(KL(Rf||S)-KL(Ra||Sa))")
    }

    @Test("Forget, mismatch and maintain together equal numpy's")
    func trio() throws {
        func ascent(_ rows: Rows) -> Double {
            zip(Objectives.ascentWeights(mask: rows.mask), rows.logProbabilities)
                .reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let divergence = Objectives.divergence(
            from: try Rows("retain", "ref").logits, try Rows("retain", "student").logits,
            mask: try Rows("retain", "student").mask)
        try Self.expect(
            0.5 * ascent(try Rows("forget", "student")) - ascent(try Rows("alt", "student"))
                + divergence, "yao_total(.5,1,1)")
    }

    @Test("Generic predictions equal numpy's")
    func generic() throws {
        let base = try Rows("forget", "student", allPlaces: true).logits
        let reinforced = try Rows("forget", "ref", allPlaces: true).logits
        let result = Tensor([8])
        Objectives.genericPrediction(
            base: base.pointer + 16, reinforced: reinforced.pointer + 16, strength: 5,
            into: result.pointer, count: 8)
        let wanted = try #require(
            try Self.oracle()["expected"]?["whp_generic_logits_b0_t2"]?.items
        ).map { try #require($0.real) }
        for (value, wanted) in zip(result.values, wanted) {
            #expect(abs(Double(value) - wanted) < 4 * Self.tolerance)
        }
    }

    struct Objective: Sendable, CustomTestStringConvertible {
        let name: String
        let evaluate: @Sendable (_ logits: Tensor, _ rows: Rows, _ reference: Tensor) -> Double
        var testDescription: String { name }
    }

    static let objectives = [
        Objective(name: "divergence") {
            Objectives.divergence(from: $2, $0, mask: $1.mask)
        },
        Objective(name: "self-distillation") {
            Objectives.selfDistillation(
                reference: $2, targets: $1.targets, $0, mask: $1.mask, beta: 3)
        },
        Objective(name: "uniformity") { logits, rows, _ in
            Objectives.uniformity(logits, mask: rows.mask)
        },
        Objective(name: "logit margin") { logits, rows, _ in
            Objectives.logitMargin(logits, mask: rows.mask)
        },
        Objective(name: "gap above") {
            Objectives.gapAlignment(to: 0.01, from: $2, $0, mask: $1.mask).loss
        },
        Objective(name: "gap below") {
            Objectives.gapAlignment(to: 5, from: $2, $0, mask: $1.mask).loss
        },
    ]

    /// A step that logits, multiples of 2^-10 here, move by without rounding.
    static let step: Float = 0x1p-6

    @Test("Slopes equal central differences", arguments: objectives)
    func slopes(objective: Objective) throws {
        let rows = try Rows("forget", "student")
        let reference = try Rows("forget", "ref").logits
        var start = rows.logits.values.map { ($0 * 1_024).rounded() / 1_024 }
        // The margin has a kink where two logits are the largest: none may be crossed.
        for row in rows.mask.indices {
            let range = 8 * row..<8 * row + 8
            if let top = range.max(by: { start[$0] < start[$1] }) { start[top] += 0.25 }
        }
        let slope = Tensor(rows.logits.shape, values: start)
        _ = objective.evaluate(slope, rows, reference)
        var largest: Float = 0
        for index in start.indices {
            func loss(_ step: Float) -> Double {
                let moved = Tensor(rows.logits.shape, values: start)
                moved.pointer[index] += step
                return objective.evaluate(moved, rows, reference)
            }
            let difference = (loss(Self.step) - loss(-Self.step)) / Double(2 * Self.step)
            // The difference's own error is about step^2 / 6 of a third derivative below 1, and the
            // losses are rounded to float32 in their parts.
            #expect(
                abs(Double(slope.pointer[index]) - difference) < 1e-4, "\(index): \(difference)")
            largest = max(largest, abs(slope.pointer[index]))
        }
        #expect(largest > 0.01)
        for row in rows.mask.indices where rows.mask[row] == 0 {
            #expect((0..<8).allSatisfy { slope.pointer[8 * row + $0] == 0 })
        }
    }

    @Test("CE-U's slope is that of a constant target")
    func constantTarget() throws {
        let rows = try Rows("forget", "student")
        let target = rows.logits.copy()
        for (row, id) in rows.targets.enumerated() { target.pointer[8 * row + Int(id)] = -1e30 }
        target.softmaxRows()
        let (one, other) = (rows.logits.copy(), rows.logits.copy())
        let first = Objectives.crossEntropyUnlearning(
            targets: rows.targets, one, mask: rows.mask)
        let second = Objectives.crossEntropy(to: target, other, mask: rows.mask)
        #expect(first == second)
        #expect(one.values == other.values)
        let probabilities = rows.logits.copy()
        probabilities.softmaxRows()
        let count = rows.mask.reduce(0, +)
        for index in one.values.indices where rows.mask[index / 8] == 1 {
            let wanted = (probabilities.pointer[index] - target.pointer[index]) / count
            #expect(abs(one.pointer[index] - wanted) < 1e-7)
        }
    }
}

/// Slopes of the objectives of log-probabilities.
@Suite struct TokenSlopeTests {
    struct Objective: Sendable, CustomTestStringConvertible {
        let name: String
        let evaluate: @Sendable ([Float]) -> Objectives.Result
        var testDescription: String { name }
    }

    static let mask: [Float] = [1, 1, 0, 1, 1, 1, 0, 1]
    static let sequences = [0..<2, 2..<4, 4..<7, 7..<8]
    static let objectives = [
        Objective(name: "simple preference") {
            Objectives.simpleNegativePreference(
                $0, mask: mask, sequences: sequences, beta: 1.5, delta: 0.25)
        },
        Objective(name: "direct preference") {
            Objectives.directPreference(
                $0, mask: mask, sequences: sequences, reference: [-3, -1, -2, -4], beta: 0.5)
        },
        Objective(name: "twin gap") {
            Objectives.twinGap($0, mask: mask, sequences: sequences, width: 1)
        },
    ]

    @Test("Slopes equal central differences", arguments: objectives)
    func slopes(objective: Objective) {
        let values: [Float] = [-1, -2.5, -0.5, -3, -0.25, -4, -1.5, -0.75]
        let slope = objective.evaluate(values).slope
        let expected = ObjectiveTests.differences(values) { objective.evaluate($0).loss }
        for index in values.indices {
            #expect(abs(Double(slope[index]) - expected[index]) < 1e-4, "\(index)")
            #expect((slope[index] == 0) == (Self.mask[index] == 0))
        }
    }

    @Test("Weights of the ascents are constants: p^beta and p^beta1 (1 - p)^beta2")
    func constants() {
        let values: [Float] = [log(0.5), log(0.25), log(0.9)]
        let mask: [Float] = [1, 1, 0]
        let weighted = Objectives.probabilityWeightedAscent(values, mask: mask, beta: 2)
        #expect(abs(weighted.slope[0] - 0.125) < 1e-7)
        #expect(abs(weighted.slope[1] - 0.03125) < 1e-7)
        #expect(weighted.slope[2] == 0)
        let both = Objectives.saturationImportance(values, mask: mask, beta1: 2, beta2: 1)
        #expect(abs(both.slope[0] - 0.0625) < 1e-7)
        #expect(abs(both.slope[1] - 0.0234375) < 1e-7)
    }

    @Test("A twin gap within its width is square, beyond it linear, and zero when equal")
    func huber() {
        func gap(_ own: Float, _ twin: Float) -> Double {
            Objectives.twinGap(
                [own, twin], mask: [1, 1], sequences: [0..<1, 1..<2], width: 1
            ).loss
        }
        #expect(gap(-2, -2) == 0)
        #expect(abs(gap(-2.5, -2) - 0.125) < 1e-9)
        #expect(abs(gap(-2, -2.5) - 0.125) < 1e-9)
        #expect(abs(gap(-5, -2) - 2.5) < 1e-9)
    }
}
