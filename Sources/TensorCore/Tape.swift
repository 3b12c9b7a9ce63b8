/// A learnable array with its gradient.
package final class Parameter: Sendable {
    /// The name in the checkpoint, e.g. `model.layers.0.mlp.up_proj.weight`.
    package let name: String
    package let value: Tensor
    /// Same shape as `value`; accumulates until it is zeroed.
    package let gradient: Tensor

    package init(name: String, value: Tensor, gradient: Tensor) {
        self.name = name
        self.value = value
        self.gradient = gradient
    }
}

/// A value computed on a tape, with the gradient that backward gives it.
package final class Activation {
    package let value: Tensor
    fileprivate(set) package var gradient: Tensor?

    init(_ value: Tensor) { self.value = value }

    /// The gradient to write to, and whether it still holds nothing (then overwrite, else add).
    func gradientForWriting() -> (tensor: Tensor, isFresh: Bool) {
        if let gradient { return (gradient, false) }
        let fresh = Tensor(value.shape)
        gradient = fresh
        return (fresh, true)
    }

    /// The gradient to add to, zeroed if it was just made.
    func gradientForAdding() -> Tensor {
        let (tensor, isFresh) = gradientForWriting()
        if isFresh { tensor.fill(0) }
        return tensor
    }

    /// Adds `other`, or takes it over where there is none yet. The caller must not write to `other`
    /// afterwards.
    func addOrAdopt(_ other: Tensor) {
        if let gradient {
            accumulate(gradient.pointer, other.pointer, other.count)
        } else {
            gradient = other
        }
    }
}

/// Records coarse operations as they run forward and plays their backwards in reverse order.
///
/// Each operation is a method in `Operations/`, with its hand-written backward beside it. A tape that
/// does not record computes the same values and keeps nothing.
package final class Tape {
    package let isRecording: Bool
    package let pool: WorkerPool
    private var steps: [() -> Void] = []

    package init(recording: Bool = true, pool: WorkerPool = .shared) {
        isRecording = recording
        self.pool = pool
    }

    /// A leaf: gradient reaches it but goes no further.
    package func constant(_ tensor: Tensor) -> Activation { Activation(tensor) }

    func record(_ step: @escaping () -> Void) {
        if isRecording { steps.append(step) }
    }

    /// Runs all backwards, starting from `output` with d(loss)/d(output) = `seed`. Parameters
    /// accumulate gradients; the memory of each operation is released as soon as its backward ran.
    package func backward(from output: Activation, seed: Tensor) {
        precondition(isRecording && seed.count == output.value.count)
        // Operations read the gradient by rows: it must have the shape of the output, not its count
        // alone.
        output.gradient = Tensor(viewing: seed, offset: 0, shape: output.value.shape)
        while let step = steps.popLast() { step() }
    }
}
