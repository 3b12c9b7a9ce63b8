/// Owns float32 memory, aligned to 64 bytes, taken from the shared `BlockStore`.
final class TensorStorage: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    private let capacity: Int

    init(count: Int) {
        (pointer, capacity) = BlockStore.shared.take(count)
    }

    deinit { BlockStore.shared.give(pointer, capacity) }
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
        BlockStore.shared.allocatedCount
    }

    package static func zeros(_ shape: [Int]) -> Tensor {
        let tensor = Tensor(shape)
        tensor.fill(0)
        return tensor
    }

    package func fill(_ value: Float) {
        pointer.update(repeating: value, count: count)
    }

    package func scale(by factor: Float) { TensorCore.scale(pointer, count, by: factor) }

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
