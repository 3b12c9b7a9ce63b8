/// Folds text, see `TextFolder`, into memory that is used again for the next text.
///
/// Runs of plain ASCII are folded eight bytes at a time; what one other character becomes is computed
/// once and kept.
final class FoldingBuffer {
    private var storage: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    private(set) var count = 0
    /// For each character of the Basic Multilingual Plane, where its folded form begins in `forms`, plus
    /// one; 0: not computed yet. Made when the first such character is met.
    private var places: UnsafeMutablePointer<UInt32>?
    private var forms: [UInt8] = []
    private var rare: [UInt32: [UInt8]] = [:]
    /// Whether a letter was met that looks like one of another script.
    private var mayHoldDoubles = false

    init() {
        capacity = 256
        storage = .allocate(capacity: capacity)
    }

    deinit {
        storage.deallocate()
        places?.deallocate()
    }

    /// What was folded since the last `removeAll`; valid until the next change.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: storage, count: count) }

    func removeAll() {
        count = 0
        mayHoldDoubles = false
    }

    /// Drops the space that may stand at the end, and makes look-alike letters Latin.
    func finish() {
        if count > 0, storage[count - 1] == 32 { count -= 1 }
        guard mayHoldDoubles else { return }
        let unified = Confusables.unified(Array(bytes))
        count = 0
        reserve(unified.count)
        for byte in unified { push(byte) }
    }

    func appendSpace() {
        reserve(1)
        append(byte: 32)
    }

    /// Appends text.
    /// - Parameter text: valid UTF-8.
    func append(_ text: UnsafeBufferPointer<UInt8>) {
        if let clear = EncodedText.decoded(text) {
            clear.withUnsafeBufferPointer(appendDecoded)
        } else {
            appendDecoded(text)
        }
    }

    private func appendDecoded(_ text: UnsafeBufferPointer<UInt8>) {
        guard let source = text.baseAddress else { return }
        let end = text.count
        reserve(end + 16)
        var index = 0
        while index < end {
            if index + 8 <= end {
                let word = UInt64(
                    littleEndian: UnsafeRawPointer(source + index).loadUnaligned(as: UInt64.self))
                if let folded = plain(word) {
                    UnsafeMutableRawPointer(storage + count)
                        .storeBytes(of: folded.littleEndian, as: UInt64.self)
                    count += 8
                    index += 8
                    continue
                }
            }
            let byte = source[index]
            if byte < 128 {
                if byte == UInt8(ascii: "\\"), index + 1 < end,
                    Self.isPunctuation(source[index + 1])
                {
                    index += 1
                }
                append(byte: source[index])
                index += 1
            } else {
                index += append(scalarAt: index, of: text)
                // Other characters may grow; ASCII never does.
                reserve(end - index + 16)
            }
        }
    }

    /// Eight bytes in lower case; nil if one of them is not printable ASCII, a backslash, or a space
    /// after a space.
    @inline(__always)
    private func plain(_ word: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        // With no high bit set none of these sums carries into the next byte.
        let belowSpace = ~(word &+ ones &* 96)
        let deletes = word &+ ones
        let backslash = word ^ ones &* 92
        let isBackslash = ~(backslash &+ ones &* 127)
        guard (word | belowSpace | deletes) & highs == 0, isBackslash & highs == 0 else {
            return nil
        }
        let space = word ^ ones &* 32
        let spaces = ~(space &+ ones &* 127) & highs
        guard spaces & (spaces << 8) == 0 else { return nil }
        if spaces & 128 != 0, count == 0 || storage[count - 1] == 32 { return nil }
        let capitals = ((word &+ ones &* (128 - 65)) & ~(word &+ ones &* (128 - 91))) & highs
        return word | capitals >> 2
    }

    @inline(__always)
    private func append(byte: UInt8) {
        switch byte {
        case 65...90: push(byte | 32)
        case 33...126: push(byte)
        case 9...13, 32:
            if count > 0, storage[count - 1] != 32 { push(32) }
        default: break
        }
    }

    @inline(__always)
    private func push(_ byte: UInt8) {
        storage[count] = byte
        count += 1
    }

    private func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: storage, count: count)
        storage.deallocate()
        storage = larger
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 33...47, 58...64, 91...96, 123...126: true
        default: false
        }
    }

    /// Appends what one character beyond ASCII becomes; returns how many bytes it has.
    private func append(scalarAt index: Int, of text: UnsafeBufferPointer<UInt8>) -> Int {
        let first = UInt32(text[index])
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var value = first & (0xFF >> UInt32(length + 1))
        for offset in 1..<length where index + offset < text.count {
            value = value << 6 | UInt32(text[index + offset] & 0x3F)
        }
        if Confusables.mayBeDouble(value) { mayHoldDoubles = true }
        if value < 0x10000 {
            let place = place(ofCommon: value)
            let count = Int(forms[place])
            reserve(count)
            for offset in 0..<count { append(folded: forms[place + 1 + offset]) }
        } else {
            let folded = rare[value] ?? Self.folded(value)
            rare[value] = folded
            reserve(folded.count)
            for byte in folded { append(folded: byte) }
        }
        return length
    }

    private func append(folded byte: UInt8) {
        if byte < 128 { append(byte: byte) } else { push(byte) }
    }

    private func place(ofCommon value: UInt32) -> Int {
        let places =
            self.places
            ?? {
                let table = UnsafeMutablePointer<UInt32>.allocate(capacity: 0x10000)
                table.initialize(repeating: 0, count: 0x10000)
                self.places = table
                return table
            }()
        let known = places[Int(value)]
        if known > 0 { return Int(known) - 1 }
        let folded = Self.folded(value)
        let place = forms.count
        forms.append(UInt8(min(folded.count, 255)))
        forms.append(contentsOf: folded.prefix(255))
        places[Int(value)] = UInt32(place + 1)
        return place
    }

    private static func folded(_ value: UInt32) -> [UInt8] {
        Unicode.Scalar(value).map(TextFolder.fold) ?? []
    }
}
