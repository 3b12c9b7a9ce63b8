import Synchronization

/// A learnable array with its gradient.
package final class Parameter: @unchecked Sendable {
    /// The name in the checkpoint, e.g. `model.layers.0.mlp.up_proj.weight`.
    package let name: String
    package let value: Tensor
    /// A low-rank term that the linear operation adds to this weight; nil for none.
    package var adapter: LowRankAdapter?
    private let gradients: GradientBlock
    private let offset: Int

    init(name: String, value: Tensor, gradients: GradientBlock, offset: Int) {
        self.name = name
        self.value = value
        self.gradients = gradients
        self.offset = offset
    }

    /// A parameter by itself, with a gradient of zeros.
    package convenience init(name: String, value: Tensor) {
        self.init(name: name, value: value, gradients: GradientBlock(count: value.count), offset: 0)
    }

    /// Same shape as `value`; accumulates until it is zeroed.
    package var gradient: Tensor {
        Tensor(viewing: gradients.tensor, offset: offset, shape: value.shape)
    }

    /// Whether `other`'s values and gradients lie right behind these.
    func isFollowed(by other: Parameter) -> Bool {
        gradients === other.gradients && offset + value.count == other.offset
            && value.pointer + value.count == other.value.pointer
    }

    /// Whether backward adds to `gradient`.
    package var isTrainable: Bool { gradients.isTrainable }
}

/// `scale * up * down`, added to a weight [out, in] (LoRA, Hu et al. 2021, arXiv 2106.09685).
package struct LowRankAdapter: Sendable {
    /// A, [rank, in].
    package let down: Parameter
    /// B, [out, rank].
    package let up: Parameter
    package let scale: Float

    package init(down: Parameter, up: Parameter, scale: Float) {
        self.down = down
        self.up = up
        self.scale = scale
    }
}

/// Gradients of a set of parameters in one block, allocated at first use.
final class GradientBlock: @unchecked Sendable {
    private let count: Int
    private let memory = Mutex<Tensor?>(nil)
    /// Written before any tape uses the parameters.
    var isTrainable = true

    init(count: Int) { self.count = count }

    var tensor: Tensor {
        memory.withLock {
            if let tensor = $0 { return tensor }
            let tensor = Tensor.zeros([count])
            $0 = tensor
            return tensor
        }
    }

    func zero() {
        memory.withLock { $0?.fill(0) }
    }
}
