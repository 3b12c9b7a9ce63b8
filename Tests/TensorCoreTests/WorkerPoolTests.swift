import Synchronization
import TensorCore
import Testing

@Suite struct WorkerPoolTests {
    @Test("Ranges cover every index once, for any count and granule")
    func coverage() {
        for pool in Pools.all {
            for granule in [1, 7, 16] {
                for count in Array(0...130) + [255, 256, 257, 1_000, 4_099] {
                    var visits = Array(repeating: 0, count: count)
                    visits.withUnsafeMutableBufferPointer { buffer in
                        nonisolated(unsafe) let buffer = buffer
                        pool.forRanges(count, granule: granule) { range in
                            for index in range { buffer[index] += 1 }
                        }
                    }
                    #expect(
                        visits.allSatisfy { $0 == 1 },
                        "\(count) by \(granule) on \(pool.threadCount) threads")
                }
            }
        }
    }

    @Test("Ranges start at multiples of the granule")
    func granules() {
        for pool in Pools.all {
            let starts = Mutex<[Int]>([])
            pool.forRanges(1_000, granule: 16) { range in
                starts.withLock { $0.append(range.lowerBound) }
            }
            let found = starts.withLock { $0 }
            #expect(found.allSatisfy { $0 % 16 == 0 })
            #expect(found.count == pool.threadCount)
        }
    }

    @Test("Work below the minimum is not divided")
    func minimum() {
        let ranges = Mutex<[Range<Int>]>([])
        Pools.three.forRanges(99, minimum: 100) { range in ranges.withLock { $0.append(range) } }
        Pools.three.forRanges(0) { range in ranges.withLock { $0.append(range) } }
        #expect(ranges.withLock { $0 } == [0..<99])
    }

    @Test("A part that asks its own pool runs every part")
    func nested() {
        let count = Mutex(0)
        Pools.three.run { _ in
            Pools.three.run { _ in count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 9)
    }

    @Test("A thread count is kept between 1 and 16")
    func limits() {
        #expect(WorkerPool(threadCount: -3).threadCount == 1)
        #expect(WorkerPool(threadCount: 0).threadCount == 1)
        #expect(Pools.all.map(\.threadCount) == [1, 3, 2, 7])
    }
}
