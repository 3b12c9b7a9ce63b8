import Foundation

/// A folding buffer for as long as somebody holds this; afterwards it serves the next one.
///
/// A buffer that is used for the first time works out what each character beyond ASCII becomes, which
/// costs more than folding a short text.
final class FoldingLease {
    let buffer: FoldingBuffer

    init() { buffer = Self.pool.take() }

    deinit { Self.pool.give(buffer) }

    private static let pool = Pool()

    private final class Pool: @unchecked Sendable {
        private let lock = NSLock()
        /// Guarded by `lock`.
        private var free: [FoldingBuffer] = []

        private static let freeCountMaximum = 8
        /// One that has held a very long text goes.
        private static let byteCountMaximum = 1 << 20

        func take() -> FoldingBuffer { lock.withLock { free.popLast() } ?? FoldingBuffer() }

        func give(_ buffer: FoldingBuffer) {
            buffer.removeAll()
            guard buffer.capacity <= Self.byteCountMaximum else { return }
            lock.withLock { if free.count < Self.freeCountMaximum { free.append(buffer) } }
        }
    }
}
