import TensorCore
import Testing

@Suite struct RandomNumbersTests {
    @Test("SplitMix64-seeded xoshiro256** gives the reference sequence")
    func reference() {
        // First outputs for seed 0 by the authors' C code (splitmix64.c feeding xoshiro256starstar.c).
        var random = RandomNumbers(seed: 0)
        #expect(random.next() == 0x99ec_5f36_cb75_f2b4)
        #expect(random.next() == 0xbf6e_1f78_4956_452a)
        #expect(random.next() == 0x1a5f_849d_4933_e6e0)
    }

    @Test("Normal numbers have mean 0 and variance 1")
    func moments() {
        var random = RandomNumbers(seed: 7)
        let values = (0..<100_000).map { _ in Double(random.normal()) }
        let mean = values.reduce(0, +) / 100_000
        let variance = values.reduce(0) { $0 + $1 * $1 } / 100_000
        // Four standard errors: 4/sqrt(n), 4 sqrt(2/n).
        #expect(abs(mean) < 0.0127)
        #expect(abs(variance - 1) < 0.0179)
    }

    @Test("Streams of one seed differ, the same stream repeats")
    func streams() {
        var a = RandomNumbers(seed: 1, stream: "a")
        var b = RandomNumbers(seed: 1, stream: "b")
        var again = RandomNumbers(seed: 1, stream: "a")
        let first = a.next()
        #expect(first != b.next())
        #expect(first == again.next())
    }
}
