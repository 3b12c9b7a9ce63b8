import CZlib
import Domain

// Carlini et al. 2021, arXiv 2012.07805, section 5.2: perplexity relative to the compressed size.
//   score = mean log-probability / bytes of zlib(answer)
// The form is open-unlearning's: mean negative log-likelihood (end token included), not its logarithm,
// and the answer's UTF-8 text without the prompt.

extension Attack {
    /// Text that is repetitive is predicted well by anybody: the mean log-probability is divided by
    /// the size to which zlib compresses the answer.
    package static let zlib = Attack(
        id: "zlib",
        title: "Is the person's text predicted better than its compressed size explains?",
        source: "Carlini et al. 2021, arXiv 2012.07805; form of open-unlearning: mean negative "
            + "log-likelihood over bytes of zlib level 6; sign turned so that higher = member",
        sceneScores: { records, scene in
            try zip(records, scene.meanLogProbabilities(of: records)).map { record, score in
                guard let score, !record.completion.isEmpty else { return nil }
                guard let size = zlibByteCount(of: record.completion) else { return .nan }
                return score / Double(size)
            }
        })
}

/// Bytes of a zlib stream (RFC 1950) of the text's UTF-8 at level 6, header and checksum included.
/// - Returns: nil if zlib cannot compress it, for want of memory.
package func zlibByteCount(of text: String) -> Int? {
    let source = Array(text.utf8)
    var size = compressBound(uLong(source.count))
    var target = Array(repeating: UInt8(0), count: Int(size))
    guard compress2(&target, &size, source, uLong(source.count), 6) == Z_OK else { return nil }
    return Int(size)
}
