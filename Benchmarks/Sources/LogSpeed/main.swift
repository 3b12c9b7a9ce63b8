import Certificates
import Domain
import Foundation

// Measures the transparency log: `lethe-log-bench FOLDER [ENTRIES]` appends to new logs in FOLDER, one
// entry a call and in calls of several sizes, every call durable; then times proofs, their offline
// verification, opening and the audit of a log of that many entries (100 000). One figure a line.

let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
    print("usage: lethe-log-bench FOLDER [ENTRIES]")
    exit(64)
}
let folder = URL(fileURLWithPath: arguments[1])
let entryCount = arguments.count > 2 ? Int(arguments[2]) ?? 100_000 : 100_000
let key = SigningKey()

func entry(_ number: Int) throws -> Data {
    try LogEntry(kind: .certificate, sha256: Digest(of: "\(number)"), keyID: key.keyID).encoded()
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// Median and 99th percentile of many calls.
func milliseconds(_ count: Int, _ body: (Int) throws -> Void) throws -> String {
    let times = try (0..<count).map { number in try seconds { try body(number) } * 1_000 }.sorted()
    return String(format: "%.3f ms median, %.3f ms p99", times[count / 2], times[count * 99 / 100])
}

/// Entries per second.
func report(_ label: String, _ entries: Int, calls: Int, _ time: Double) {
    print(
        String(
            format: "%@: %d entries in %.2f s, %.0f per s, %.2f ms a call", label, entries, time,
            Double(entries) / time, time / Double(calls) * 1_000))
}

// What the disk gives: the floor of any durable call.
let probe = folder.appendingPathComponent("probe-\(UUID().uuidString)")
try DurableFile.write(Data(), to: probe)
let content = try entry(0)
let syncs = try seconds {
    for number in 0..<500 {
        try DurableFile.append(content, to: probe, at: number * content.count)
    }
}
print(String(format: "one synced write of %d bytes: %.2f ms", content.count, syncs / 500 * 1_000))
try FileManager.default.removeItem(at: probe)

for (size, calls) in [(1, 1_000), (10, 300), (100, 100), (1_000, entryCount / 1_000)] {
    let root = folder.appendingPathComponent("calls-of-\(size)-\(UUID().uuidString)")
    let log = try TransparencyLog.create(at: root, key: key, name: "log.example.org/bench")
    let batches = try (0..<calls).map { call in
        try (0..<size).map { try entry(call * size + $0) }
    }
    let time = try seconds { for batch in batches { try log.append(batch) } }
    report("append, \(size) a call", size * calls, calls: calls, time)
    guard size == 1_000 else {
        try FileManager.default.removeItem(at: root)
        continue
    }
    let count = Int(log.size)
    var generator = SystemRandomNumberGenerator()
    print(
        "proof: "
            + (try milliseconds(2_000) { _ in
                _ = try log.proof(of: UInt64(Int.random(in: 0..<count, using: &generator)))
            }))
    print(
        "consistency proof: "
            + (try milliseconds(500) { _ in
                let old = UInt64(Int.random(in: 1..<count, using: &generator))
                _ = try log.consistencyProof(from: old, to: log.size)
            }))
    let file = try log.proof(of: UInt64(count / 3)).encoded()
    let content = try entry(count / 3)
    print(
        "verification from the file, \(file.count) bytes: "
            + (try milliseconds(2_000) { _ in
                try LogProof(parsing: file).verify(entry: content, logKey: log.key)
            }))
    print(
        String(
            format: "first look-up by hash: %.1f ms",
            try seconds { _ = try log.index(ofLeafHash: .leaf(content)) } * 1_000))
    print(
        "open and make one proof: "
            + (try milliseconds(21) { number in
                let reader = try TransparencyLog.open(at: root, publicKey: log.key)
                _ = try reader.proof(of: UInt64(number * count / 21))
            }))
    print(String(format: "audit of all: %.2f s", try seconds { _ = try log.verify() }))
    try FileManager.default.removeItem(at: root)
}

let whole = folder.appendingPathComponent("one-call-\(UUID().uuidString)")
let log = try TransparencyLog.create(at: whole, key: key, name: "log.example.org/bench")
let all = try (0..<entryCount).map(entry)
report("append, all in one call", entryCount, calls: 1, try seconds { try log.append(all) })
try FileManager.default.removeItem(at: whole)
