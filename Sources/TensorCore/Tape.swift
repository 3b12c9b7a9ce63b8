/// Records coarse operations as they run forward and plays their backwards in reverse order.
///
/// Each operation is a method in `Operations/`, with its hand-written backward beside it. A tape that
/// does not record computes the same values and keeps nothing.
package final class Tape {
    package let isRecording: Bool
    package let pool: WorkerPool
    /// Layers keep their input only and run again in backward: less memory, a third more time.
    package let checkpointsLayers: Bool
    private var steps: [() -> Void] = []

    package init(
        recording: Bool = true, checkpointsLayers: Bool = false, pool: WorkerPool = .shared
    ) {
        isRecording = recording
        self.checkpointsLayers = checkpointsLayers
        self.pool = pool
    }

    /// A leaf: gradient reaches it but goes no further.
    package func constant(_ tensor: Tensor) -> Activation { Activation(tensor) }

    func record(_ step: @escaping () -> Void) {
        if isRecording { steps.append(step) }
    }

    /// One layer of a model, `body`, applied to x; the unit of gradient checkpointing (Chen et al. 2016,
    /// arXiv 1604.06174).
    ///
    /// `body` computes on the tape it is given, from the activation it is given and parameters alone,
    /// and does not write to x; it may be called twice.
    package func layer(
        _ x: Activation, _ body: @escaping (Tape, Activation) throws -> Activation
    ) rethrows -> Activation {
        guard isRecording, checkpointsLayers else { return try body(self, x) }
        let silent = Tape(recording: false, pool: pool)
        let y = Activation(try body(silent, silent.constant(x.value)).value)
        let (input, target, slope) = (x.saved, x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let tape = Tape(pool: pool)
            let leaf = tape.constant(input.tensor)
            guard let output = try? body(tape, leaf) else {
                preconditionFailure("A layer that ran forward must run again.")
            }
            tape.backward(from: output, seed: dy)
            if let dx = leaf.gradient { target.addOrAdopt(dx, pool: pool) }
        }
        return y
    }

    /// Runs all backwards, starting from `output` with d(loss)/d(output) = `seed`. Parameters
    /// accumulate gradients; the memory of each operation is released as soon as its backward ran.
    package func backward(from output: Activation, seed: Tensor) {
        precondition(isRecording && seed.count == output.value.count)
        // Operations read the gradient by rows: it must have the shape of the output, not its count
        // alone.
        output.slope.gradient = Tensor(viewing: seed, offset: 0, shape: output.value.shape)
        while let step = steps.popLast() { step() }
    }
}
