import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct QRCodeTests {
    /// The modules of the code on a page, rows of `#` and `.`, without the quiet zone.
    private func modules(of page: String) throws -> (rows: [String], side: Int) {
        let svg = try #require(page.firstMatch(of: #/<svg class="qr" viewBox="0 0 (\d+) \d+"/#))
        let side = try #require(Int(svg.1))
        var dark = Array(repeating: Array(repeating: false, count: side), count: side)
        let rest = page[svg.range.upperBound...]
        let path = try #require(rest.firstMatch(of: #/<path d="([^"]+)"/#)).1
        for bar in path.matches(of: #/M(\d+) (\d+)h(\d+)v1h-(\d+)z/#) {
            let x = try #require(Int(bar.1))
            let y = try #require(Int(bar.2))
            let length = try #require(Int(bar.3))
            #expect(bar.3 == bar.4)
            for column in x..<x + length { dark[y][column] = true }
        }
        // Four modules of white all around.
        for index in 0..<side {
            for edge in [0, 1, 2, 3, side - 4, side - 3, side - 2, side - 1] {
                #expect(!dark[edge][index] && !dark[index][edge])
            }
        }
        let rows = dark[4..<side - 4].map { row in
            String(row[4..<side - 4].map { $0 ? "#" : "." })
        }
        return (rows, side)
    }

    private func rows(of text: String) throws -> [String] {
        let code = try #require(QRCode(text))
        return (0..<code.width).map { row in
            String(
                code.isDark[row * code.width..<(row + 1) * code.width].map { $0 ? "#" : "." })
        }
    }

    /// The mask that a code names beside its upper left corner (ISO/IEC 18004, 7.9): three of the
    /// fifteen bits of format, which are XORed with 101010000010010.
    private func mask(of rows: [String]) throws -> Int {
        let row = Array(try #require(rows.dropFirst(8).first))
        let bits = [2, 3, 4].reduce(0) { $0 << 1 | (row[$1] == "#" ? 1 : 0) }
        return bits ^ 0b101
    }

    @Test func `The code of a page is, module by module, what another program makes of the text`()
        throws
    {
        let document = try JSONParser.parse(
            Data(contentsOf: Fixtures.root.appendingPathComponent("qr/qr-masks.json")))
        let content = try #require(document["content"]?.text)
        #expect(content == "lethe:sha256:\(Digest(of: "qr").hexadecimal)")
        let masks = try #require(document["masks"]?.items).map { mask in
            (mask.items ?? []).compactMap(\.text)
        }
        #expect(masks.count == 8)
        let ours = try rows(of: content)
        #expect(ours.count == 37)
        #expect(ours == masks[try mask(of: ours)])
    }

    @Test func `The code of a page holds the digest of the signed content`() throws {
        let issued = try UsualCertificate.issued(UsualCertificate.certificate())
        let text = QRCode.text(for: issued.payloadDigest)
        #expect(text == "lethe:sha256:\(issued.payloadDigest.hexadecimal)")
        for language in CertificateLanguage.all {
            let page = renderHTML(issued, language: language)
            let (rows, side) = try modules(of: page)
            #expect(side == 45)
            #expect(rows == (try self.rows(of: text)))
            #expect(page.contains(text))
        }
    }
}
