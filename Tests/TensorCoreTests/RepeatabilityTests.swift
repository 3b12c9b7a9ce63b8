import Foundation
import Synchronization
import TensorCore
import Testing

@Suite struct RepeatabilityTests {
    static let cases = OperationCase.all(.large)

    @Test("The same computation gives the same bits twice", arguments: cases)
    func twice(item: OperationCase) {
        let inputs = item.inputs
        for pool in Pools.all {
            // Compared outside of the macro, which would print a hundred thousand numbers.
            let isSame =
                item.evaluate(inputs, pool: pool).bits == item.evaluate(inputs, pool: pool).bits
            #expect(isSame)
        }
    }

    @Test("Two threads that share a pool get the bits each would get alone")
    func busyPool() {
        let alone = Self.cases.map { $0.evaluate($0.inputs, pool: Pools.three).bits }
        let differing = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { turn in
            // Every thread begins elsewhere, so that unlike operations meet.
            for offset in Self.cases.indices {
                let index = (offset + turn * 3) % Self.cases.count
                let item = Self.cases[index]
                if item.evaluate(item.inputs, pool: Pools.three).bits != alone[index] {
                    differing.withLock { $0.append(item.name) }
                }
            }
        }
        #expect(differing.withLock { $0 } == [])
    }

    static let attentions = cases.filter { $0.name.hasPrefix("causalAttention") }

    @Test("Changing one packed sequence leaves every bit of the others", arguments: attentions)
    func packing(item: OperationCase) {
        let sequences = OperationCase.Size.large.sequences
        let inputs = item.inputs
        let before = item.evaluate(inputs)
        for (changed, rows) in sequences.enumerated() {
            var other = inputs
            for input in other.activations.indices {
                let width = item.activations[input][1]
                for index in rows.lowerBound * width..<rows.upperBound * width {
                    other.activations[input][index] = 1 - other.activations[input][index]
                }
            }
            let after = item.evaluate(other)
            for (index, rows) in sequences.enumerated() {
                func same(_ a: [Float], _ b: [Float], _ width: Int) -> Bool {
                    let part = rows.lowerBound * width..<rows.upperBound * width
                    return a[part].map(\.bitPattern) == b[part].map(\.bitPattern)
                }
                let isSame = index != changed
                #expect(same(before.output, after.output, item.activations[0][1]) == isSame)
                // The gradient of a single token's key is zero whatever its value.
                guard isSame else { continue }
                for input in 0..<3 {
                    #expect(
                        same(
                            before.gradients[input], after.gradients[input],
                            item.activations[input][1]))
                }
            }
        }
    }

    @Test("A token does not see what follows it", arguments: attentions)
    func causality(item: OperationCase) {
        let inputs = item.inputs
        let width = item.activations[0][1]
        let before = item.evaluate(inputs).output
        var other = inputs
        for input in 0..<3 {
            let width = item.activations[input][1]
            // The last token of the first sequence.
            for index in 119 * width..<120 * width { other.activations[input][index] += 1 }
        }
        let after = item.evaluate(other).output
        #expect(before[..<(119 * width)].elementsEqual(after[..<(119 * width)]))
        #expect(!before[119 * width..<120 * width].elementsEqual(after[119 * width..<120 * width]))
    }
}
