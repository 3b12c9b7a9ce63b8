import COpenBLAS

/// The BLAS library: one place that configures it and tells what it is.
package enum BLASRuntime {
    /// Makes BLAS single-threaded; the pool divides the work. Evaluated once.
    static let configured: Void = openblas_set_num_threads(1)

    /// The kernel set OpenBLAS chose for this processor, e.g. `SkylakeX`.
    package static var coreName: String {
        openblas_get_corename().map { String(cString: $0) } ?? "unknown"
    }

    /// What bit-equality of results depends on, for reports and certificates.
    package static var environment: [String: String] {
        [
            "blas": "OpenBLAS", "blasCore": coreName,
            "threadCount": "\(WorkerPool.shared.threadCount)",
        ]
    }
}

/// `C := alpha op(A) op(B) + beta C`, row-major. op(A) is [m, k], op(B) is [k, n], C is [m, n] with
/// row strides `lda`, `ldb`, `ldc` of the stored matrices. Divided over the pool along the longer
/// side of C, so the sum over k keeps one order.
@inline(__always)
package func matrixProduct(
    m: Int, n: Int, k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    alpha: Float = 1, beta: Float = 0,
    _ c: UnsafeMutablePointer<Float>, ldc: Int,
    pool: WorkerPool? = .shared
) {
    _ = BLASRuntime.configured
    guard m > 0, n > 0 else { return }
    // Below about 0.2 Mflop a handover costs more than it gains.
    let divide = 2 * m * n * k > 200_000
    guard let pool, divide, pool.threadCount > 1 else {
        singleProduct(
            m, n, k, a, lda, transposeA, b, ldb, transposeB, alpha, beta, c, ldc)
        return
    }
    // Each part packs the undivided operand again, so the longer side is cut.
    if m > n {
        pool.forRanges(m, granule: 16) { rows in
            let start = transposeA ? a + rows.lowerBound : a + rows.lowerBound * lda
            singleProduct(
                rows.count, n, k, start, lda, transposeA, b, ldb, transposeB, alpha, beta,
                c + rows.lowerBound * ldc, ldc)
        }
    } else {
        pool.forRanges(n, granule: 16) { columns in
            let start = transposeB ? b + columns.lowerBound * ldb : b + columns.lowerBound
            singleProduct(
                m, columns.count, k, a, lda, transposeA, start, ldb, transposeB, alpha, beta,
                c + columns.lowerBound, ldc)
        }
    }
}

@inline(__always)
private func singleProduct(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ transposeA: Bool,
    _ b: UnsafePointer<Float>, _ ldb: Int, _ transposeB: Bool, _ alpha: Float, _ beta: Float,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int
) {
    cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
        transposeB ? CblasTrans : CblasNoTrans,
        blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c,
        blasint(ldc))
}
