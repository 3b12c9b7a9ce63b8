import CQREncode
import Domain
import Reports

/// A QR code (ISO/IEC 18004), Model 2, made by libqrencode; level M, which reads with 15 % of it spoilt.
package struct QRCode {
    /// White modules around the code, as the standard demands.
    static let quietZone = 4

    /// Modules along one side without the quiet zone.
    package let width: Int
    /// Row by row; true is dark.
    package let isDark: [Bool]

    /// - Returns: nil for more than level M holds (2331 bytes), or without memory.
    package init?(_ text: String) {
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        isDark = UnsafeBufferPointer(start: code.pointee.data, count: width * width)
            .map { $0 & 1 == 1 }
    }

    /// What the code of a certificate says: short, so that its modules stay large on paper.
    package static func text(for payloadDigest: Digest) -> String {
        "lethe:sha256:\(payloadDigest.hexadecimal)"
    }

    /// The code as a picture, dark on white whatever the page's colours, quiet zone included.
    /// - Parameters:
    ///   - title, description: for those who do not see it.
    func svg(title: String, description: String) -> HTMLFragment {
        let side = width + 2 * Self.quietZone
        return """
            <svg class="qr" viewBox="0 0 \(side) \(side)" width="\(side * 3)" height="\(side * 3)" \
            role="img">
            <title>\(title)</title>
            <desc>\(description)</desc>
            <rect width="\(side)" height="\(side)" fill="#ffffff"/>
            <path d="\(outline)" fill="#000000" shape-rendering="crispEdges"/>
            </svg>

            """
    }

    /// A bar for each run of dark modules in a row.
    private var outline: HTMLFragment {
        var bars: [HTMLFragment] = []
        for row in 0..<width {
            var column = 0
            while column < width {
                let start = column
                while column < width, isDark[row * width + column] { column += 1 }
                if column > start {
                    bars.append(
                        """
                        M\(start + Self.quietZone) \(row + Self.quietZone)h\(column - start)v1h\
                        \(start - column)z
                        """)
                }
                column += 1
            }
        }
        return .joined(bars)
    }
}
