/// SHA-256 of eight short messages at a time, one in each lane of the processor's vectors.
///
/// FIPS 180-4, 5.1.1 and 6.2. A message of up to 55 bytes is one block with its padding. For such
/// messages a general implementation spends more on setting up than on hashing, and the index hashes
/// several for every record.
final class DigestLanes {
    typealias Words = SIMD8<UInt32>

    static let laneCount = 8
    static let byteCountMaximum = 55

    /// The message schedule of all lanes: word after word, lane beside lane.
    private let schedule: UnsafeMutablePointer<Words>
    private let state: UnsafeMutablePointer<Words>
    private let constants: UnsafeMutablePointer<UInt32>

    private static let wordCount = 64

    init() {
        schedule = .allocate(capacity: Self.wordCount)
        schedule.initialize(repeating: .zero, count: Self.wordCount)
        state = .allocate(capacity: 8)
        state.initialize(repeating: .zero, count: 8)
        constants = .allocate(capacity: Self.wordCount)
        constants.initialize(from: Self.roundConstants, count: Self.wordCount)
    }

    deinit {
        schedule.deallocate()
        state.deallocate()
        constants.deallocate()
    }

    /// Puts a message into a lane.
    /// - Parameter message: at most 55 bytes.
    func set(_ lane: Int, _ message: UnsafeBufferPointer<UInt8>) {
        let words = UnsafeMutableRawPointer(schedule)
        let bytes = UnsafeRawBufferPointer(message)
        @inline(__always)
        func store(_ word: UInt32, _ index: Int) {
            words.storeBytes(
                of: word, toByteOffset: (index * Self.laneCount + lane) * 4, as: UInt32.self)
        }
        let whole = bytes.count >> 2
        for index in 0..<whole {
            let word = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
            store(UInt32(bigEndian: word), index)
        }
        // The rest of the message, and the bit that ends it.
        var last: UInt32 = 0
        var shift: UInt32 = 24
        for index in whole * 4..<bytes.count {
            last |= UInt32(bytes[index]) << shift
            shift -= 8
        }
        store(last | 0x80 << shift, whole)
        for index in whole + 1..<15 { store(0, index) }
        store(UInt32(bytes.count) << 3, 15)
    }

    /// Hashes what the lanes hold.
    func hash() {
        let (schedule, constants) = (schedule, constants)
        for index in 16..<Self.wordCount {
            let (near, far) = (schedule[index - 2], schedule[index - 15])
            let one = Self.rotated(near, 17) ^ Self.rotated(near, 19) ^ near &>> 10
            let two = Self.rotated(far, 7) ^ Self.rotated(far, 18) ^ far &>> 3
            schedule[index] = one &+ schedule[index - 7] &+ two &+ schedule[index - 16]
        }
        var a = Words(repeating: Self.initial.0)
        var b = Words(repeating: Self.initial.1)
        var c = Words(repeating: Self.initial.2)
        var d = Words(repeating: Self.initial.3)
        var e = Words(repeating: Self.initial.4)
        var f = Words(repeating: Self.initial.5)
        var g = Words(repeating: Self.initial.6)
        var h = Words(repeating: Self.initial.7)
        for index in 0..<Self.wordCount {
            let sum = Self.rotated(e, 6) ^ Self.rotated(e, 11) ^ Self.rotated(e, 25)
            let choice = g ^ (e & (f ^ g))
            let first =
                h &+ sum &+ choice &+ Words(repeating: constants[index]) &+ schedule[index]
            let other = Self.rotated(a, 2) ^ Self.rotated(a, 13) ^ Self.rotated(a, 22)
            let majority = (a & b) | (c & (a | b))
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ other &+ majority)
        }
        state[0] = a &+ Self.initial.0
        state[1] = b &+ Self.initial.1
        state[2] = c &+ Self.initial.2
        state[3] = d &+ Self.initial.3
        state[4] = e &+ Self.initial.4
        state[5] = f &+ Self.initial.5
        state[6] = g &+ Self.initial.6
        state[7] = h &+ Self.initial.7
    }

    /// Eight bytes of a lane's digest, the first one lowest.
    /// - Parameter index: 0 to 3.
    @inline(__always)
    func word(_ index: Int, of lane: Int) -> UInt64 {
        let place = (2 * index * Self.laneCount + lane) * 4
        let words = UnsafeRawPointer(state)
        let low = words.load(fromByteOffset: place, as: UInt32.self)
        let high = words.load(fromByteOffset: place + Self.laneCount * 4, as: UInt32.self)
        return UInt64(low.byteSwapped) | UInt64(high.byteSwapped) << 32
    }

    @inline(__always)
    private static func rotated(_ words: Words, _ count: UInt32) -> Words {
        words &>> Words(repeating: count) | words &<< Words(repeating: 32 - count)
    }

    private static let initial: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) =
        (
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c,
            0x1f83_d9ab, 0x5be0_cd19
        )

    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
