/// A value computed on a tape, with the gradient that backward gives it.
///
/// Backward keeps as little as it can: an operation's closure holds the `slope` of what it made and,
/// of the values it needs again, either the memory itself or a way to compute it once more.
package final class Activation {
    package let value: Tensor
    let slope: Slope
    private let recomputation: Recomputation?

    init(_ value: Tensor) {
        self.value = value
        slope = Slope(shape: value.shape)
        recomputation = nil
    }

    /// A value that is cheap to compute and large to keep: `again` gives the same bits from what
    /// backward holds anyway. nil keeps the value.
    init(_ value: Tensor, again: (() -> Tensor)?) {
        self.value = value
        slope = Slope(shape: value.shape)
        recomputation = again.map { Recomputation($0, latest: value) }
    }

    package var gradient: Tensor? { slope.gradient }

    /// What a closure that needs the value in backward captures.
    var saved: SavedValue { recomputation.map { .again($0) } ?? .kept(value) }
}

/// The gradient of an activation: what remains of it when its value is no longer needed.
final class Slope {
    let shape: [Int]
    var gradient: Tensor?

    init(shape: [Int]) { self.shape = shape }

    /// The gradient to write to, and whether it still holds nothing (then overwrite, else add).
    func forWriting() -> (tensor: Tensor, isFresh: Bool) {
        if let gradient { return (gradient, false) }
        let fresh = Tensor(shape)
        gradient = fresh
        return (fresh, true)
    }

    /// Adds `other`, or takes it over where there is none yet. The caller must not write to `other`
    /// afterwards.
    func addOrAdopt(_ other: Tensor, pool: WorkerPool) {
        guard let gradient else {
            gradient = Tensor(viewing: other, offset: 0, shape: shape)
            return
        }
        accumulate(gradient, other, pool: pool)
    }

    /// Adds `other`, or a copy of it where there is none yet.
    func addOrCopy(_ other: Tensor, pool: WorkerPool) {
        let (target, isFresh) = forWriting()
        if isFresh {
            copy(other, to: target, pool: pool)
        } else {
            accumulate(target, other, pool: pool)
        }
    }
}

/// A value held for backward.
enum SavedValue {
    case kept(Tensor)
    case again(Recomputation)

    var tensor: Tensor {
        switch self {
        case .kept(let tensor): tensor
        case .again(let recomputation): recomputation.tensor
        }
    }
}

/// Computes a dropped value once more when it is first asked for.
final class Recomputation {
    private let body: () -> Tensor
    private weak var latest: Tensor?
    private var again: Tensor?

    init(_ body: @escaping () -> Tensor, latest: Tensor) {
        self.body = body
        self.latest = latest
    }

    var tensor: Tensor {
        if let again { return again }
        let tensor = latest ?? body()
        again = tensor
        return tensor
    }
}

/// Elements that one part of the pool should at least have, for passes over memory.
let elementsWorthDividing = 32_768

/// y += x, divided over the pool.
func accumulate(_ y: Tensor, _ x: Tensor, pool: WorkerPool) {
    let (target, source) = (y.pointer, UnsafePointer(x.pointer))
    pool.forRanges(x.count, granule: 1_024, minimum: elementsWorthDividing) { range in
        accumulate(target + range.lowerBound, source + range.lowerBound, range.count)
    }
}

/// Copies x to y, divided over the pool.
func copy(_ x: Tensor, to y: Tensor, pool: WorkerPool) {
    let (target, source) = (y.pointer, UnsafePointer(x.pointer))
    pool.forRanges(x.count, granule: 1_024, minimum: elementsWorthDividing) { range in
        (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
    }
}
