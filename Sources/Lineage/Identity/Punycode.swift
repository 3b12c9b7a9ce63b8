import Foundation

/// Punycode: writes any label in the letters, digits and hyphens of a host name.
///
/// Reference: RFC 3492, sections 3, 5 and 6. Deviation: no mixed-case annotation (appendix A).
package enum Punycode {
    private static let base = 36
    private static let tMinimum = 1
    private static let tMaximum = 26
    private static let skew = 38
    private static let damp = 700
    private static let initialBias = 72
    private static let initialN = 128
    /// Labels have at most 63 bytes; nothing near the limits of Int can come up below it.
    private static let scalarCountMaximum = 255

    /// Nil if the label is unreasonably long.
    package static func encoded(_ label: String) -> String? {
        let scalars = label.unicodeScalars.map { Int($0.value) }
        guard scalars.count <= scalarCountMaximum else { return nil }
        var output = scalars.filter { $0 < initialN }.map { UInt8($0) }
        let basicCount = output.count
        var handled = basicCount
        if basicCount > 0 { output.append(UInt8(ascii: "-")) }
        var n = initialN
        var delta = 0
        var bias = initialBias
        while handled < scalars.count {
            guard let next = scalars.filter({ $0 >= n }).min() else { return nil }
            delta += (next - n) * (handled + 1)
            n = next
            for scalar in scalars {
                if scalar < n { delta += 1 }
                guard scalar == n else { continue }
                var q = delta
                var k = base
                while true {
                    let t = threshold(k, bias)
                    if q < t { break }
                    output.append(digit(t + (q - t) % (base - t)))
                    q = (q - t) / (base - t)
                    k += base
                }
                output.append(digit(q))
                bias = adapted(delta, handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Nil if it is not Punycode.
    package static func decoded(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 < 128 }), bytes.count <= scalarCountMaximum else { return nil }
        let split = bytes.lastIndex(of: UInt8(ascii: "-"))
        var scalars = split.map { bytes[..<$0].map { Int($0) } } ?? []
        var index = split.map { $0 + 1 } ?? 0
        var n = initialN
        var i = 0
        var bias = initialBias
        while index < bytes.count {
            let old = i
            var weight = 1
            var k = base
            while true {
                guard index < bytes.count, let digit = value(bytes[index]) else { return nil }
                index += 1
                i += digit * weight
                guard i < 1 << 40 else { return nil }
                let t = threshold(k, bias)
                if digit < t { break }
                weight *= base - t
                guard weight < 1 << 40 else { return nil }
                k += base
            }
            let count = scalars.count + 1
            bias = adapted(i - old, count, isFirst: old == 0)
            n += i / count
            guard n <= 0x10FFFF else { return nil }
            scalars.insert(n, at: i % count)
            i = i % count + 1
        }
        var result = String.UnicodeScalarView()
        for value in scalars {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
            result.append(scalar)
        }
        return String(result)
    }

    private static func threshold(_ k: Int, _ bias: Int) -> Int {
        min(max(k - bias, tMinimum), tMaximum)
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / count
        var k = 0
        while delta > (base - tMinimum) * tMaximum / 2 {
            delta /= base - tMinimum
            k += base
        }
        return k + (base - tMinimum + 1) * delta / (delta + skew)
    }

    private static func digit(_ value: Int) -> UInt8 { UInt8(value < 26 ? value + 97 : value + 22) }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case 97...122: Int(byte) - 97
        case 65...90: Int(byte) - 65
        case 48...57: Int(byte) - 22
        default: nil
        }
    }
}

/// The two spellings of an internationalised domain name (RFC 5890: A-labels and U-labels).
package enum DomainName {
    private static let prefix = "xn--"
    /// Full stops of other scripts that separate labels as well (UTS #46).
    private static let fullStops: Set<Character> = [".", "。", "．", "｡"]

    /// Lower case, every label in ASCII: `müller.de` is `xn--mller-kva.de`.
    package static func ascii(_ domain: String) -> String? {
        mapped(domain) { label in
            if label.utf8.allSatisfy({ $0 < 128 }) { return label }
            return Punycode.encoded(label).map { prefix + $0 }
        }
    }

    /// Lower case, with the letters that A-labels stand for.
    package static func unicode(_ domain: String) -> String? {
        mapped(domain) { label in
            label.hasPrefix(prefix)
                ? Punycode.decoded(String(label.dropFirst(prefix.count))) : label
        }
    }

    private static func mapped(_ domain: String, _ map: (String) -> String?) -> String? {
        let lower = domain.lowercased().precomposedStringWithCanonicalMapping
        var labels: [String] = []
        for label in lower.split(
            omittingEmptySubsequences: false, whereSeparator: fullStops.contains)
        {
            guard let mapped = map(String(label)) else { return nil }
            labels.append(mapped)
        }
        return labels.joined(separator: ".")
    }
}
