import Foundation
import Synchronization

/// Freed blocks of tensor memory, kept for reuse: the operations of a step ask for much the same sizes
/// as those of the step before, and the system clears every page that it hands out.
final class BlockStore: Sendable {
    static let shared = BlockStore()

    /// Bytes kept for reuse at most.
    private static let keptByteLimit = 1 << 30
    private static let hugePageByteCount = 1 << 21
    /// MADV_HUGEPAGE of Linux; elsewhere the advice is refused and nothing changes.
    private static let hugePageAdvice: Int32 = 14
    /// Sizes above the wanted one that are looked through: up to twice as large.
    private static let sizesLookedThrough = 4

    private struct Free {
        /// Addresses of blocks by the class of their size.
        var blocks: [Int: [UInt]] = [:]
        /// When a class was last asked for.
        var lastUse: [Int: Int] = [:]
        var byteCount = 0
        var clock = 0
    }

    private let free = Mutex(Free())
    private let allocated = Atomic<Int>(0)

    /// Blocks ever taken from the system.
    var allocatedCount: Int { allocated.load(ordering: .relaxed) }

    /// A block of at least `count` floats with undefined content.
    func take(_ count: Int) -> (pointer: UnsafeMutablePointer<Float>, capacity: Int) {
        let wanted = Self.sizeClass(of: max(1, count))
        let reused: (UInt, Int)? = free.withLock { free in
            free.clock += 1
            // Batches differ in their tokens: a block of a larger batch serves a smaller one too.
            for size in wanted...wanted + Self.sizesLookedThrough {
                guard let address = free.blocks[size]?.popLast() else { continue }
                free.lastUse[size] = free.clock
                let capacity = Self.capacity(ofClass: size)
                free.byteCount -= capacity * 4
                return (address, capacity)
            }
            return nil
        }
        if let (address, capacity) = reused,
            let pointer = UnsafeMutablePointer<Float>(bitPattern: address)
        {
            return (pointer, capacity)
        }
        allocated.add(1, ordering: .relaxed)
        let capacity = Self.capacity(ofClass: wanted)
        let byteCount = capacity * 4
        // Weights, gradients and moments are walked through again and again: with pages of 2 MiB the
        // processor looks fewer of them up.
        let isLarge = byteCount >= Self.hugePageByteCount
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: byteCount, alignment: isLarge ? Self.hugePageByteCount : 64)
        if isLarge { madvise(memory, byteCount, Self.hugePageAdvice) }
        return (memory.bindMemory(to: Float.self, capacity: capacity), capacity)
    }

    /// Takes a block back. Beyond the limit, blocks that were not asked for the longest go back to
    /// the system.
    func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
        let size = Self.sizeClass(of: capacity)
        let released: [UInt] = free.withLock { free in
            free.clock += 1
            free.lastUse[size] = free.clock
            free.blocks[size, default: []].append(UInt(bitPattern: pointer))
            free.byteCount += capacity * 4
            var released: [UInt] = []
            while free.byteCount > Self.keptByteLimit,
                let oldest = free.blocks.filter({ !$0.value.isEmpty }).keys.min(by: {
                    (free.lastUse[$0] ?? 0, $0) < (free.lastUse[$1] ?? 0, $1)
                }), let address = free.blocks[oldest]?.popLast()
            {
                free.byteCount -= Self.capacity(ofClass: oldest) * 4
                released.append(address)
            }
            return released
        }
        for address in released { UnsafeMutablePointer<Float>(bitPattern: address)?.deallocate() }
    }

    /// Four classes for each power of two, so that nearly equal sizes share blocks; class 0 holds 64.
    private static func sizeClass(of count: Int) -> Int {
        guard count > 64 else { return 0 }
        let power = Int.bitWidth - 1 - (count - 1).leadingZeroBitCount
        let step = 1 << (power - 2)
        return 4 * (power - 6) + (count - (1 << power) + step - 1) / step
    }

    private static func capacity(ofClass size: Int) -> Int {
        (4 + size % 4) << (size / 4 + 4)
    }
}
