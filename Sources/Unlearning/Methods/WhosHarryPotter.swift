import Domain
import LanguageModels
import TensorCore

/// Who's Harry Potter (Eldan & Russinovich 2023, arXiv 2310.02238).
///
/// 1. A reinforced model is fine-tuned on the records to forget.
/// 2. Each record is translated: anchors (names and typed values) become generic values of nobody, and a
///    map of positions is kept. Where the original text is read, the generic prediction is
///    `v = v_base - alpha relu(v_reinforced - v_base)`, v_base from the original model on the translation at
///    the mapped position, v_reinforced on the text as it is.
/// 3. The original is fine-tuned on the text with these predictions as labels.
///
/// Two rules keep a passage consistent: the second and later occurrences of an anchor do not count in the
/// loss, and where an anchor was seen already, its translation is pushed down in the predictions.
///
/// Deviations: anchors come from the records' declared values instead of a language model's list; records
/// are short, so that a record is a block. `soft` takes the distribution of v as label instead of its
/// largest token.
enum WhosHarryPotter {
    static let method = UnlearningMethod.descending(
        id: "whp", title: "Who's Harry Potter: generic predictions",
        summary: "Teaches the model what it would say about somebody nobody knows. Approximate; "
            + "paraphrases may still find the values.",
        source: "Eldan & Russinovich 2023, arXiv 2310.02238, sections 2.2 to 2.4.",
        deviations: "Anchors are built from declared values; a record is a block.",
        needs: [.referenceModel, .anchorTerms], learningRate: .init(0.001), steps: .init(40),
        retains: false,
        parameters: [
            .init(
                "strength", 5, in: 0...100, "how far reinforced predictions are avoided (alpha)",
                source: "paper, section 2.4"),
            .init(
                "soft", 0, in: 0...1, isWhole: true,
                "1 takes the whole distribution as label, 0 its largest token", source: "paper"),
            .init(
                "push-down", 5, in: 0...100,
                "how far a translation's logit is lowered once its anchor was seen", source: "own"),
            .init(
                "reinforced-steps", 20, in: 1...100_000, isWhole: true,
                "steps of the reinforced model", source: "paper: 3 epochs"),
        ]
    ) { run in
        let blocks = run.task.forget.enumerated().map { index, record in
            var random = RandomNumbers(seed: run.task.seed, stream: "anchors \(index)")
            return AnchoredBlock(
                record, replacements: GenericValues.replacements(in: record, names: true, &random),
                tokenizer: run.task.original.tokenizer)
        }
        let reinforced = try reinforced(blocks, run)
        let labels = try blocks.map { try genericLabels($0, reinforced: reinforced, run) }
        let isSoft = run.parameters.integer("soft") == 1
        return [
            LossTerm(
                "generic", on: .forget, weight: 1,
                .logits { logits, batch in
                    let target = Tensor([logits.rowCount, logits.width])
                    var row = 0
                    for example in batch.examples {
                        let part = labels[example]
                        (target.pointer + row * target.width).update(
                            from: part.pointer, count: part.count)
                        row += part.rowCount
                    }
                    if isSoft {
                        target.softmaxRows()
                    } else {
                        largestOnly(target)
                    }
                    return Objectives.crossEntropy(to: target, logits, mask: batch.mask)
                }, blocks.map { MaskedSequence($0.sequence, mask: $0.mask) })
        ]
    }

    private static func reinforced(
        _ blocks: [AnchoredBlock], _ run: MethodRun
    ) throws -> LanguageModel {
        try run.sideModel("reinforced") { model in
            let loop = DescentLoop(
                terms: [
                    LossTerm(
                        "reinforced", on: .forget, weight: 1, .crossEntropy,
                        blocks.map { MaskedSequence($0.sequence) })
                ], stepCount: run.parameters.integer("reinforced-steps"),
                learningRate: run.parameters["learning-rate"],
                batchSizes: [.forget: run.parameters.integer("forget-batch")],
                counts: [.forget: blocks.count])
            try loop.run(on: model, run, stage: "reinforced")
        }
    }

    /// Generic logits for every scored token of the block, [tokens, vocabulary].
    private static func genericLabels(
        _ block: AnchoredBlock, reinforced: LanguageModel, _ run: MethodRun
    ) throws -> Tensor {
        func logits(_ model: LanguageModel, _ sequence: ScoredSequence) throws -> Tensor {
            let batch = PackedBatch([sequence])
            return try model.logits(of: batch, rows: batch.scoredRows)
        }
        let base = try logits(run.task.original, block.translation)
        let sharp = try logits(reinforced, block.sequence)
        let strength = Float(run.parameters["strength"])
        let pushDown = Float(run.parameters["push-down"])
        let labels = Tensor([sharp.rowCount, sharp.width])
        for row in 0..<labels.rowCount {
            let v = labels.pointer + row * labels.width
            Objectives.genericPrediction(
                base: base.pointer + block.rows[row] * base.width,
                reinforced: sharp.pointer + row * sharp.width, strength: strength, into: v,
                count: labels.width)
            for token in block.seenTranslations[row] { v[Int(token)] -= pushDown }
        }
        return labels
    }

    /// Each row becomes 1 at its largest element, the first of equal ones, and 0 elsewhere.
    private static func largestOnly(_ rows: Tensor) {
        for row in 0..<rows.rowCount {
            let v = rows.pointer + row * rows.width
            var top = 0
            for token in 1..<rows.width where v[token] > v[top] { top = token }
            v.update(repeating: 0, count: rows.width)
            v[top] = 1
        }
    }
}

/// A record with its translation and the map between them.
struct AnchoredBlock {
    let sequence: ScoredSequence
    /// 0 for tokens of an anchor that occurred before in the block, else 1; one a scored token.
    let mask: [Float]
    /// The record with generic values in place of anchors.
    let translation: ScoredSequence
    /// For each scored token, the translation's scored token that is predicted at the same place.
    let rows: [Int]
    /// For each scored token, first tokens of the translations whose anchors stand before it.
    let seenTranslations: [[Int32]]

    init(
        _ record: CorpusRecord, replacements: [GenericValues.Replacement],
        tokenizer: some Tokenizer
    ) {
        let encoded = EncodedRecord(record, tokenizer: tokenizer)
        let translated = EncodedRecord(
            record.replacing(replacements.map { ($0.bytes, $0.text) }), tokenizer: tokenizer)
        sequence = encoded.allScored
        translation = translated.allScored
        // Where the bytes of the text go: unchanged ones move, those of an anchor go to its translation.
        func moved(_ byte: Int) -> Int {
            var shift = 0
            for replacement in replacements {
                let (bytes, count) = (replacement.bytes, replacement.text.utf8.count)
                if byte <= bytes.lowerBound { break }
                if byte < bytes.upperBound {
                    return bytes.lowerBound + shift + min(count, byte - bytes.lowerBound)
                }
                shift += count - bytes.count
            }
            return byte + shift
        }
        var mask: [Float] = []
        var rows: [Int] = []
        var seen: [[Int32]] = []
        var place = 0
        let lastRow = max(0, translation.scored.count - 1)
        for index in sequence.scored {
            let start = encoded.textBytes[index].lowerBound
            // The translation's token that begins where this one does, or covers that place.
            let target = moved(start)
            while place < lastRow,
                translated.textBytes[translation.scored.lowerBound + place].upperBound <= target,
                !translated.textBytes[translation.scored.lowerBound + place].isEmpty
            {
                place += 1
            }
            rows.append(index == sequence.scored.upperBound - 1 ? lastRow : place)
            let before = replacements.filter { $0.bytes.upperBound <= start }
            seen.append(
                before.compactMap { replacement in
                    tokenizer.encode(" " + replacement.text).first
                })
            let own = replacements.first {
                $0.bytes.overlaps(encoded.textBytes[index])
            }
            let isRepeated = own.map { own in
                before.contains { $0.kind == own.kind && $0.text == own.text }
            }
            mask.append(isRepeated == true ? 0 : 1)
        }
        self.mask = mask
        self.rows = rows
        seenTranslations = seen
    }
}
