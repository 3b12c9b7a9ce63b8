import TensorCore

/// Endless passes over 0 ..< count, each in a new seeded order.
struct Cycle {
    private let count: Int
    private var random: RandomNumbers
    private var pending: [Int] = []

    init(count: Int, seed: UInt64, stream: String) {
        self.count = count
        random = RandomNumbers(seed: seed, stream: stream)
    }

    /// The next `size` different indices, fewer if there are not as many.
    mutating func next(_ size: Int) -> [Int] {
        let size = min(size, count)
        var result: [Int] = []
        while result.count < size {
            if pending.isEmpty { pending = Array(0..<count).shuffled(using: &random) }
            // At the seam of two passes an index may come up again; it waits for the next batch.
            guard let place = pending.firstIndex(where: { !result.contains($0) }) else {
                pending += Array(0..<count).shuffled(using: &random)
                continue
            }
            result.append(pending.remove(at: place))
        }
        return result
    }
}
