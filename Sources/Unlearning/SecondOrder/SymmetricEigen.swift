/// Eigenvalues and eigenvectors of small symmetric matrices by Jacobi's method: rotations in a fixed
/// order until every element off the diagonal is negligible beside the two diagonal ones of its row and
/// column. For positive definite matrices small eigenvalues are as accurate as large ones (Demmel &
/// Veselic 1992).
///
/// Holds scratch memory: make one and decompose many matrices.
package struct SymmetricEigen {
    package let size: Int
    /// In no order.
    package private(set) var values: [Double]
    /// [size, size]; row k is the eigenvector of `values[k]`, of length 1.
    package private(set) var vectors: [Double]
    private var matrix: [Double]

    /// Sweeps over all pairs at most; 6 to 8 are usual.
    private static let sweepLimit = 60
    private static let negligible = 1e-15

    package init(size: Int) {
        self.size = size
        values = Array(repeating: 0, count: size)
        vectors = Array(repeating: 0, count: size * size)
        matrix = vectors
    }

    /// - Parameter symmetric: [size, size], finite; not changed.
    package mutating func decompose(_ symmetric: UnsafePointer<Double>) {
        let n = size
        for index in 0..<n * n {
            matrix[index] = symmetric[index]
            vectors[index] = index % (n + 1) == 0 ? 1 : 0
        }
        matrix.withUnsafeMutableBufferPointer { a in
            vectors.withUnsafeMutableBufferPointer { v in
                var sweepCount = 0
                while sweepCount < Self.sweepLimit, Self.sweep(a, v, n) { sweepCount += 1 }
            }
        }
        for index in 0..<n { values[index] = matrix[index * n + index] }
    }

    /// Rotates every pair of rows and columns once; false where none was left to rotate.
    private static func sweep(
        _ a: UnsafeMutableBufferPointer<Double>, _ v: UnsafeMutableBufferPointer<Double>, _ n: Int
    ) -> Bool {
        var rotated = false
        for p in 0..<max(0, n - 1) {
            for q in p + 1..<n {
                let off = a[p * n + q]
                let (first, last) = (a[p * n + p], a[q * n + q])
                if abs(off) <= negligible * (abs(first) * abs(last)).squareRoot() { continue }
                rotated = true
                // The smaller of the two angles that make the element 0: t = tan.
                let slope = (last - first) / (2 * off)
                let t = (slope < 0 ? -1.0 : 1.0) / (abs(slope) + (slope * slope + 1).squareRoot())
                let c = 1 / (t * t + 1).squareRoot()
                let s = t * c
                for k in 0..<n where k != p && k != q {
                    let (x, y) = (a[p * n + k], a[q * n + k])
                    a[p * n + k] = c * x - s * y
                    a[q * n + k] = s * x + c * y
                    a[k * n + p] = a[p * n + k]
                    a[k * n + q] = a[q * n + k]
                }
                a[p * n + p] = first - t * off
                a[q * n + q] = last + t * off
                a[p * n + q] = 0
                a[q * n + p] = 0
                for k in 0..<n {
                    let (x, y) = (v[p * n + k], v[q * n + k])
                    v[p * n + k] = c * x - s * y
                    v[q * n + k] = s * x + c * y
                }
            }
        }
        return rotated
    }

    /// `y = f(A) x`, f applied to every eigenvalue of the matrix decomposed last.
    /// - Parameters: x, y: [size], not the same memory.
    package func apply(
        _ f: (Double) -> Double, to x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>
    ) {
        y.update(repeating: 0, count: size)
        for k in 0..<size {
            var component = 0.0
            for i in 0..<size { component += vectors[k * size + i] * x[i] }
            component *= f(values[k])
            for i in 0..<size { y[i] += component * vectors[k * size + i] }
        }
    }
}
