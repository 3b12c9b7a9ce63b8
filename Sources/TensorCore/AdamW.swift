import Foundation

/// AdamW (Loshchilov & Hutter 2019), as in PyTorch: decoupled weight decay, bias-corrected moments.
package final class AdamW {
    package struct Settings: Sendable, Equatable {
        package var beta1: Float = 0.9
        package var beta2: Float = 0.999
        package var epsilon: Float = 1e-8
        package var weightDecay: Float = 0.01
        package init(
            beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
            weightDecay: Float = 0.01
        ) {
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
        }
    }

    package let settings: Settings
    /// First and second moments, in the order of the parameter set.
    package let firstMoment: Tensor
    package let secondMoment: Tensor
    /// Steps done.
    package var stepCount = 0
    private let parameters: ParameterSet

    package init(_ parameters: ParameterSet, settings: Settings) {
        self.parameters = parameters
        self.settings = settings
        firstMoment = Tensor.zeros([parameters.count])
        secondMoment = Tensor.zeros([parameters.count])
    }

    /// One update from the gradients of the parameter set, which it leaves as they are, or zero where
    /// `clearsGradients`: in the same pass over memory.
    package func step(
        learningRate: Float, clearsGradients: Bool = false, pool: WorkerPool = .shared
    ) {
        stepCount += 1
        let (b1, b2) = (settings.beta1, settings.beta2)
        let correction1 = 1 - pow(Double(b1), Double(stepCount))
        let correction2 = (1 - pow(Double(b2), Double(stepCount))).squareRoot()
        let size = Float(Double(learningRate) / correction1)
        let root = Float(correction2)
        let keep = 1 - learningRate * settings.weightDecay
        let epsilon = settings.epsilon
        let p = parameters.values.pointer
        let g = parameters.gradients.pointer
        let m = firstMoment.pointer
        let v = secondMoment.pointer
        pool.forRanges(parameters.count, granule: laneCount, minimum: 16_384) { range in
            // In blocks, so that a cleared gradient is still in the cache.
            var start = range.lowerBound
            while start < range.upperBound {
                let end = min(range.upperBound, start + 4_096)
                for i in start..<end {
                    let gradient = g[i]
                    let first = b1 * m[i] + (1 - b1) * gradient
                    let second = b2 * v[i] + (1 - b2) * gradient * gradient
                    m[i] = first
                    v[i] = second
                    p[i] = p[i] * keep - size * first / (second.squareRoot() / root + epsilon)
                }
                if clearsGradients { (g + start).update(repeating: 0, count: end - start) }
                start = end
            }
        }
    }
}
