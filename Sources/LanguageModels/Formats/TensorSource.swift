import TensorCore

/// Named tensors of a checkpoint, whatever the format of its files.
///
/// Everything a source reports was checked against the files' lengths when it was opened, so that a
/// model can compare shapes before it reserves memory.
package protocol TensorSource {
    /// Name and shape of every tensor, in a fixed order.
    var tensors: [TensorDescription] { get }
    /// Copies a tensor into `target`, widened or dequantised to float32.
    /// - Throws: `missing-tensor`; `wrong-shape` if the counts differ; `unsupported-model` for element
    ///   types that are no weights.
    func read(_ name: String, into target: Tensor) throws
}

/// One tensor of a checkpoint.
package struct TensorDescription: Sendable, Equatable {
    package let name: String
    /// Row-major, slowest dimension first.
    package let shape: [Int]
    /// The type to write the tensor back with; quantised types are written as float32.
    package let type: Safetensors.ElementType

    package init(name: String, shape: [Int], type: Safetensors.ElementType) {
        self.name = name
        self.shape = shape
        self.type = type
    }
}
