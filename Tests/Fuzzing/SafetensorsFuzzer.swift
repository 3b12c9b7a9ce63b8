import Foundation
import LanguageModels
import TensorCore

/// Elements of a tensor that is read; larger ones cost time and find nothing more.
private let largestElementCount = 1 << 16

/// A safetensors file: every tensor and every list of integers.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafetensors(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let data = start.map { Data(bytes: $0, count: count) } ?? Data()
    guard let file = try? Safetensors(data, name: "fuzz.safetensors") else { return 0 }
    for entry in file.entries {
        // Empty tensors may claim any extent beside the zero.
        let (elementCount, overflow) = entry.shape.reduce((1, false)) { product, extent in
            let next = product.0.multipliedReportingOverflow(by: extent)
            return (next.partialValue, product.1 || next.overflow)
        }
        if !overflow, elementCount <= largestElementCount {
            try? file.read(entry, into: Tensor(entry.shape))
            _ = file.int32Values(entry.name)
        }
    }
    return 0
}
