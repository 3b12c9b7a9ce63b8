import Foundation
import TensorCore

/// Objectives that need the whole distribution over the vocabulary.
///
/// Each takes logits [tokens, vocabulary] of the current model and leaves the loss's derivative by them
/// in their place. Means are over counted tokens alone: prompts and padding never count, although some
/// published programs average over them too.
extension Objectives {
    /// `mean KL(p0 || p)`, with p0 from the original's logits [tokens, vocabulary].
    package static func divergence(
        from reference: Tensor, _ logits: Tensor, mask: [Float]
    ) -> Double {
        divergence(from: reference, logits, weights: ascentWeights(mask: mask))
    }

    /// `sum weights KL(p0 || p)`.
    package static func divergence(
        from reference: Tensor, _ logits: Tensor, weights: [Float]
    ) -> Double {
        let target = reference.copy()
        let targetSums = target.softmaxRows()
        // log p0 - log p = (z0 - sum0) - (z - sum), so the row's own logits are needed once more.
        return descend(logits, to: target, weights: weights) { row, z, sum in
            let z0 = reference.pointer + row * reference.width
            let p0 = target.pointer + row * target.width
            var total = 0.0
            for v in 0..<target.width where p0[v] > 0 {
                total += Double(p0[v]) * Double((z0[v] - targetSums[row]) - (z[v] - sum))
            }
            return total
        }
    }

    /// `mean CE(target, p)` with rows of `target` [tokens, vocabulary] that add up to 1.
    package static func crossEntropy(
        to target: Tensor, _ logits: Tensor, mask: [Float]
    ) -> Double {
        descend(logits, to: target, weights: ascentWeights(mask: mask)) { row, z, sum in
            let t = target.pointer + row * target.width
            var total = 0.0
            for v in 0..<target.width where t[v] != 0 {
                total -= Double(t[v]) * Double(z[v] - sum)
            }
            return total
        }
    }

    /// UNDIAL (Dong et al. 2024, arXiv 2402.10052): cross entropy to the original's distribution with
    /// the true token's logit lowered by `beta`.
    package static func selfDistillation(
        reference: Tensor, targets: [Int32], _ logits: Tensor, mask: [Float], beta: Float
    ) -> Double {
        let target = reference.copy()
        for (row, id) in targets.enumerated() {
            target.pointer[row * target.width + Int(id)] -= beta
        }
        target.softmaxRows()
        return crossEntropy(to: target, logits, mask: mask)
    }

    /// CE-U (Yang 2025, arXiv 2503.01224): cross entropy to the model's own distribution without the
    /// true token, taken as a constant.
    package static func crossEntropyUnlearning(
        targets: [Int32], _ logits: Tensor, mask: [Float]
    ) -> Double {
        let target = logits.copy()
        for (row, id) in targets.enumerated() {
            target.pointer[row * target.width + Int(id)] = -.greatestFiniteMagnitude
        }
        target.softmaxRows()
        return crossEntropy(to: target, logits, mask: mask)
    }

    /// Maximum entropy (Yuan et al. 2024, arXiv 2410.08109): `mean KL(uniform || p)`.
    package static func uniformity(_ logits: Tensor, mask: [Float]) -> Double {
        let target = Tensor([logits.rowCount, logits.width])
        target.fill(1 / Float(logits.width))
        return crossEntropy(to: target, logits, mask: mask)
            - (mask.contains(1) ? log(Double(logits.width)) : 0)
    }

    /// PDU's forget loss (Entesari et al. 2025, arXiv 2506.05314): `mean (max z - mean z)^2`.
    package static func logitMargin(_ logits: Tensor, mask: [Float]) -> Double {
        let weights = ascentWeights(mask: mask)
        let width = logits.width
        var loss = 0.0
        for (row, weight) in weights.enumerated() {
            let z = logits.pointer + row * width
            var top = 0
            var sum = 0.0
            for v in 0..<width {
                sum += Double(z[v])
                if z[v] > z[top] { top = v }
            }
            let margin = Double(z[top]) - sum / Double(width)
            loss += Double(weight) * margin * margin
            let rise = Float(2 * Double(weight) * margin)
            for v in 0..<width { z[v] = -rise / Float(width) }
            z[top] += rise
        }
        return loss
    }

    /// Who's Harry Potter's generic prediction (Eldan & Russinovich 2023, arXiv 2310.02238, eq. 1):
    /// `base - strength relu(reinforced - base)`, one row of logits each.
    package static func genericPrediction(
        base: UnsafePointer<Float>, reinforced: UnsafePointer<Float>, strength: Float,
        into result: UnsafeMutablePointer<Float>, count: Int
    ) {
        for token in 0..<count {
            result[token] = base[token] - strength * max(0, reinforced[token] - base[token])
        }
    }

    /// Knowledge-gap alignment (Wang et al. 2023, arXiv 2305.06535):
    /// `|mean KL(other || p) - gap|`. Where the two are equal, nothing is descended.
    package static func gapAlignment(
        to gap: Double, from other: Tensor, _ logits: Tensor, mask: [Float]
    ) -> (loss: Double, currentGap: Double) {
        let current = divergence(from: other, logits, mask: mask)
        let sign: Float = current > gap ? 1 : current < gap ? -1 : 0
        logits.scale(by: sign)
        return (abs(current - gap), current)
    }

    /// `sum weights L` for a loss whose derivative by the logits is `p - target`; `rowLoss` gets the row's
    /// logits and the log of their sum of exponentials.
    private static func descend(
        _ logits: Tensor, to target: Tensor, weights: [Float],
        rowLoss: (_ row: Int, _ logits: UnsafePointer<Float>, _ logSum: Float) -> Double
    ) -> Double {
        precondition(target.shape == logits.shape && weights.count == logits.rowCount)
        let width = logits.width
        let probabilities = logits.copy()
        let sums = probabilities.softmaxRows()
        var loss = 0.0
        for (row, weight) in weights.enumerated() {
            let z = logits.pointer + row * width
            guard weight != 0 else {
                z.update(repeating: 0, count: width)
                continue
            }
            loss += Double(weight) * rowLoss(row, UnsafePointer(z), sums[row])
            let p = probabilities.pointer + row * width
            let t = target.pointer + row * width
            for v in 0..<width { z[v] = weight * (p[v] - t[v]) }
        }
        return loss
    }
}
