/// One token of an encoded text with its place in the text's UTF-8 bytes.
package struct TokenSpan: Sendable, Equatable {
    package let id: Int32
    /// Byte offsets into the encoded text. The spans of an encoding cover the text without gaps.
    package let bytes: Range<Int>

    package init(id: Int32, bytes: Range<Int>) {
        self.id = id
        self.bytes = bytes
    }
}

/// Turns text into token ids and back.
package protocol Tokenizer: Sendable {
    var vocabularySize: Int { get }
    /// Starts every sequence (often the same token that ends it); nil if the model has none.
    var beginID: Int32? { get }
    /// Ends every sequence; nil if the model has none.
    var endID: Int32? { get }
    /// Tokens of `text` without special tokens added, with their byte ranges.
    func spans(_ text: String) -> [TokenSpan]
    /// The ids of `spans`, without their places where that is faster.
    func encode(_ text: String) -> [Int32]
    func decode(_ ids: [Int32]) -> String
    /// The bytes a token stands for; nil for special tokens and ids outside the vocabulary.
    func bytes(of id: Int32) -> [UInt8]?
}

extension Tokenizer {
    package func encode(_ text: String) -> [Int32] { spans(text).map(\.id) }
}
