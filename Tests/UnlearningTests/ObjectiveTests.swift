import Domain
import Foundation
import TestSupport
import Testing
import Unlearning

/// Objectives against `toy_oracle.json`: losses of small random logits, computed with numpy.
@Suite struct ObjectiveTests {
    /// The objectives read float32 log-probabilities of about 5 nats.
    static let tolerance = 1e-6

    struct Toy {
        /// Log-probabilities of the labelled tokens, one list for each sequence.
        let student: [[Double]]
        let reference: [[Double]]
        private let json: JSONValue

        init(_ set: String) throws {
            json = try JSONParser.parse(
                DurableFile.read(Fixtures.root.appendingPathComponent("metrics/toy_oracle.json")))
            student = try Self.scores(json, set, "student")
            reference = try Self.scores(json, set, "ref")
        }

        func expected(_ name: String) throws -> Double {
            try #require(json["expected"]?[name]?.real)
        }

        /// Logits of a place predict the label of the next; -100 is not scored.
        private static func scores(_ json: JSONValue, _ set: String, _ model: String) throws
            -> [[Double]]
        {
            let logits = try #require(json["logits"]?["\(set)_\(model)"]?.items)
            let labels = try #require(json["labels"]?[set]?.items)
            return try zip(logits, labels).map { logits, labels in
                let rows = try #require(logits.items)
                let ids = try #require(labels.items).map { try #require($0.integer) }
                return try zip(rows, ids.dropFirst()).filter { $0.1 >= 0 }.map { row, id in
                    let values = try #require(row.items).map { try #require($0.real) }
                    return values[id] - log(values.reduce(0) { $0 + exp($1) })
                }
            }
        }
    }

    /// Sequences laid end to end, each followed by a token that does not count.
    struct Layout {
        let values: [Float]
        let mask: [Float]
        let sequences: [Range<Int>]

        init(_ scores: [[Double]]) {
            var values: [Float] = []
            var mask: [Float] = []
            var sequences: [Range<Int>] = []
            for sequence in scores {
                let start = values.count
                values += sequence.map(Float.init) + [-3.25]
                mask += sequence.map { _ in 1 } + [0]
                sequences.append(start..<values.count)
            }
            self.values = values
            self.mask = mask
            self.sequences = sequences
        }
    }

    @Test("Negative preference equals numpy's value")
    func negativePreference() throws {
        let toy = try Toy("forget")
        let layout = Layout(toy.student)
        let loss = Objectives.negativePreference(
            layout.values, mask: layout.mask, sequences: layout.sequences,
            reference: toy.reference.map { $0.reduce(0, +) }, beta: 0.1
        ).loss
        let expected = try toy.expected("npo_beta0.1")
        #expect(abs(loss - expected) < Self.tolerance * expected)
    }

    @Test("Ascent, alone and with the retained records, equals numpy's values")
    func ascent() throws {
        let forget = try Toy("forget")
        let layout = Layout(forget.student)
        let loss = zip(Objectives.ascentWeights(mask: layout.mask), layout.values)
            .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(loss - (try forget.expected("grad_ascent"))) < 4 * Self.tolerance)
        #expect(abs(-loss - (try forget.expected("ce_forget"))) < 4 * Self.tolerance)
        let retain = try Toy("retain").student.flatMap { $0 }
        let kept = -retain.reduce(0, +) / Double(retain.count)
        #expect(abs(loss + kept - (try forget.expected("grad_diff_g1_a1"))) < 4 * Self.tolerance)
    }

    /// Central differences with a step that float32 holds exactly.
    static func differences(_ values: [Float], _ loss: ([Float]) -> Double) -> [Double] {
        let step: Float = 0x1p-6
        return values.indices.map { index in
            var moved = values
            moved[index] = values[index] + step
            let above = loss(moved)
            moved[index] = values[index] - step
            return (above - loss(moved)) / Double(2 * step)
        }
    }

    @Test("Slopes equal central differences", arguments: [0.05, 0.1, 1, 4])
    func slopes(beta: Double) throws {
        let toy = try Toy("forget")
        let layout = Layout(toy.student)
        // Multiples of 2^-10 move by the step without rounding.
        let values = layout.values.map { ($0 * 1_024).rounded() / 1_024 }
        // The second sequence has become likelier than it was, the first less likely.
        let reference = [toy.reference[0].reduce(0, +) + 1, toy.reference[1].reduce(0, +) - 2]
        func preference(_ values: [Float]) -> (loss: Double, slope: [Float]) {
            Objectives.negativePreference(
                values, mask: layout.mask, sequences: layout.sequences, reference: reference,
                beta: beta)
        }
        let expected = Self.differences(values) { preference($0).loss }
        for (slope, difference) in zip(preference(values).slope, expected) {
            // Curvature of the difference: beta^2 step^2 / 6 at most.
            #expect(abs(Double(slope) - difference) < 1e-5 + beta * beta * 5e-5)
        }
        #expect(preference(values).slope[4] == 0)
    }

    @Test("Negative preference starts at 2 ln 2 / beta and is damped as the sequence fades")
    func damping() {
        func objective(_ value: Float) -> (loss: Double, slope: [Float]) {
            Objectives.negativePreference(
                [value], mask: [1], sequences: [0..<1], reference: [-4], beta: 0.5)
        }
        #expect(abs(objective(-4).loss - 4 * log(2)) < 1e-12)
        #expect(objective(-4).slope == [1])
        #expect(objective(-20).slope[0] < 0.001)
        #expect(objective(-2_000).loss >= 0)
        #expect(objective(-2_000).slope == [0])
    }
}
