import Foundation
import Synchronization

/// Owns float32 memory, aligned to 64 bytes. Freed blocks are kept for reuse: the operations of a
/// training step ask for the same sizes again and again, and fresh pages cost more than arithmetic.
final class TensorStorage: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    private let capacity: Int

    private static let free = Mutex<[Int: [UInt]]>([:])
    /// Bytes kept for reuse at most; beyond it blocks go back to the system.
    private static let keptBytes = Atomic<Int>(0)
    private static let keptBytesLimit = 1 << 30
    private static let hugePageByteCount = 1 << 21
    /// MADV_HUGEPAGE of Linux; elsewhere the advice is refused and nothing changes.
    private static let hugePageAdvice: Int32 = 14
    /// Blocks ever taken from the system.
    static let allocated = Atomic<Int>(0)

    init(count: Int) {
        capacity = Self.roundedCapacity(max(1, count))
        let wanted = capacity
        let reused = Self.free.withLock { $0[wanted]?.popLast() }
        if let reused, let pointer = UnsafeMutablePointer<Float>(bitPattern: reused) {
            Self.keptBytes.subtract(capacity * 4, ordering: .relaxed)
            self.pointer = pointer
        } else {
            Self.allocated.add(1, ordering: .relaxed)
            let byteCount = capacity * 4
            // Weights, gradients and moments are walked through again and again: with pages of 2 MiB
            // the processor looks fewer of them up.
            let isLarge = byteCount >= Self.hugePageByteCount
            let memory = UnsafeMutableRawPointer.allocate(
                byteCount: byteCount, alignment: isLarge ? Self.hugePageByteCount : 64)
            if isLarge { madvise(memory, byteCount, Self.hugePageAdvice) }
            pointer = memory.bindMemory(to: Float.self, capacity: capacity)
        }
    }

    deinit {
        if Self.keptBytes.load(ordering: .relaxed) + capacity * 4 <= Self.keptBytesLimit {
            let address = UInt(bitPattern: pointer)
            let key = capacity
            Self.keptBytes.add(capacity * 4, ordering: .relaxed)
            Self.free.withLock { $0[key, default: []].append(address) }
        } else {
            pointer.deallocate()
        }
    }

    /// Rounds up to one of four sizes per power of two, so that nearly equal sizes share blocks.
    private static func roundedCapacity(_ count: Int) -> Int {
        guard count > 64 else { return 64 }
        let step = 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount - 2)
        return (count + step - 1) / step * step
    }
}

/// A dense row-major float32 array with reference semantics. Content is undefined until written.
package final class Tensor: @unchecked Sendable {
    package let shape: [Int]
    package let count: Int
    package let pointer: UnsafeMutablePointer<Float>
    private let storage: TensorStorage

    package init(_ shape: [Int]) {
        self.shape = shape
        count = shape.reduce(1, *)
        storage = TensorStorage(count: count)
        pointer = storage.pointer
    }

    /// A view of `count` elements of another tensor, sharing its memory.
    package init(viewing base: Tensor, offset: Int, shape: [Int]) {
        self.shape = shape
        count = shape.reduce(1, *)
        precondition(offset >= 0 && offset + count <= base.count)
        storage = base.storage
        pointer = base.pointer + offset
    }

    package convenience init(_ shape: [Int], values: [Float]) {
        self.init(shape)
        precondition(values.count == count)
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { pointer.update(from: start, count: count) }
        }
    }

    /// Blocks of memory taken from the system since the process began; stands still while work reuses
    /// what earlier work gave back.
    package static var allocatedBlockCount: Int {
        TensorStorage.allocated.load(ordering: .relaxed)
    }

    package static func zeros(_ shape: [Int]) -> Tensor {
        let tensor = Tensor(shape)
        tensor.fill(0)
        return tensor
    }

    package func fill(_ value: Float) {
        pointer.update(repeating: value, count: count)
    }

    package func copy() -> Tensor {
        let other = Tensor(shape)
        other.pointer.update(from: pointer, count: count)
        return other
    }

    package func assign(_ other: Tensor) {
        precondition(other.count == count)
        pointer.update(from: other.pointer, count: count)
    }

    /// The elements in row-major order.
    package var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Extent of the last dimension, 1 for a scalar.
    package var width: Int { shape.last ?? 1 }
    /// Number of rows when all but the last dimension are taken together.
    package var rowCount: Int { width == 0 ? 0 : count / width }
}
