extension Metric {
    package static let rougeLF1 = Metric(
        id: "rouge-l-f1", title: "Longest common word sequence, F1",
        range: "0 ... 1, higher = closer",
        source: rougeSource)
    package static let rougeLRecall = Metric(
        id: "rouge-l-recall", title: "Longest common word sequence, recall",
        range: "0 ... 1, higher = closer", source: rougeSource)
    private static let rougeSource =
        "Lin 2004, as in Google's rouge_score: lower case, words of a-z and 0-9, optional Porter "
        + "stemmer on words longer than three letters"
}

/// ROUGE-L between a reference and a generated text.
package struct RougeL: Sendable, Equatable {
    package let precision: Double
    package let recall: Double
    package var f1: Double {
        precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
    }

    /// A text without words scores 0, as in rouge_score.
    package init(reference: String, generated: String, stemming: Bool = false) {
        self.init(
            reference: rougeWords(reference, stemming: stemming),
            generated: rougeWords(generated, stemming: stemming))
    }

    init(reference: [[UInt8]], generated: [[UInt8]]) {
        let common = Double(longestCommonSubsequence(reference, generated))
        precision = generated.isEmpty ? 0 : common / Double(generated.count)
        recall = reference.isEmpty ? 0 : common / Double(reference.count)
    }
}

/// Words as rouge_score splits them: lower case, every run of anything but a-z and 0-9 separates.
func rougeWords(_ text: String, stemming: Bool) -> [[UInt8]] {
    let bytes = Array(text.lowercased().utf8)
    return bytes.split { !((48...57).contains($0) || (97...122).contains($0)) }
        .map { word in stemming && word.count > 3 ? porterStem(Array(word)) : Array(word) }
}

private func longestCommonSubsequence(_ a: [[UInt8]], _ b: [[UInt8]]) -> Int {
    var row = Array(repeating: 0, count: b.count + 1)
    for word in a {
        var diagonal = 0
        for (j, other) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = word == other ? diagonal + 1 : max(above, row[j])
            diagonal = above
        }
    }
    return row[b.count]
}
