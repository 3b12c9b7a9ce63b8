import Foundation
import LanguageModels
import TensorCore

/// Elements of a tensor that is read; larger ones cost time and find nothing more.
private let largestElementCount = 1 << 16

/// A GGUF file: every tensor, the metadata, and the model made from it, tokenizer included.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzGGUF(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let data = start.map { Data(bytes: $0, count: count) } ?? Data()
    guard let file = try? GGUF(data, name: "fuzz.gguf") else { return 0 }
    for entry in file.entries where entry.elementCount <= largestElementCount {
        try? file.read(entry.name, into: Tensor(entry.shape))
    }
    for key in file.metadata.keys {
        _ = try? file.strings(key)
        _ = try? file.integers(key)
        _ = try? file.reals(key)
    }
    guard let model = try? GGUFModel(file) else { return 0 }
    for description in model.tensors
    where description.shape.reduce(1, *) <= largestElementCount {
        try? model.read(description.name, into: Tensor(description.shape))
    }
    if let tokenizerFile = model.companions["tokenizer.json"],
        let tokenizer = try? readTokenizer(
            file: tokenizerFile, configuration: model.configuration)
    {
        _ = tokenizer.decode(tokenizer.encode("The number 12, <|begin|> näh."))
    }
    return 0
}
