import Domain
import Foundation
import Lineage

/// Measures the index over a corpus made by `make_index_corpus.py`.
///
///     lethe-index-bench build FOLDER INDEX          registers the folder's shards in a new index
///     lethe-index-bench identifiers FOLDER INDEX    the same with the identifiers alone
///     lethe-index-bench query FOLDER INDEX          looks up the people of truth.json by e-mail address and name
///
/// Prints one JSON object.

struct Truth: Decodable {
    let subject: String
    let name: String
    let email: String
    let phone: String
    /// Id, and what the record holds of the person.
    let records: [Record]

    struct Record: Decodable {
        let id: String
        let holds: [String]
        init(from decoder: any Decoder) throws {
            var items = try decoder.unkeyedContainer()
            id = try items.decode(String.self)
            holds = try items.decode([String].self)
        }
    }
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func peakMegabytes() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
}

func byteCount(_ url: URL) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
}

func shards(_ folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "jsonl" }
        .sorted { $0.lastPathComponent < $1.lastPathComponent }
}

func show(_ figures: [String: Double]) {
    let lines = figures.sorted { $0.key < $1.key }.map { "  \"\($0.key)\": \($0.value)" }
    print("{\n" + lines.joined(separator: ",\n") + "\n}")
}

/// User and system time of all threads.
func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

func build(_ folder: URL, _ path: String, _ contents: IndexContents) throws {
    let files = try shards(folder)
    let total = files.reduce(0) { $0 + byteCount($1) }
    let index = try LineageIndex(path: path)
    var records = 0
    let time = try seconds {
        records = try index.addCorpus(name: "people", shards: files, contents: contents)
            .recordCount
    }
    let processor = processorSeconds()
    let segments = URL(fileURLWithPath: path + ".segments")
    let made = try FileManager.default.contentsOfDirectory(
        at: segments, includingPropertiesForKeys: nil)
    let size = made.reduce(byteCount(URL(fileURLWithPath: path))) { $0 + byteCount($1) }
    show([
        "records": Double(records), "corpusMegabytes": Double(total) / 1e6, "seconds": time,
        "megabytesPerSecond": Double(total) / 1e6 / time, "processorSeconds": processor,
        "megabytesPerProcessorSecond": Double(total) / 1e6 / processor,
        "indexOverCorpus": Double(size) / Double(total), "peakMegabytes": peakMegabytes(),
    ])
}

func query(_ folder: URL, _ path: String) throws {
    let people = try JSONDecoder().decode(
        [Truth].self, from: Data(contentsOf: folder.appendingPathComponent("truth.json")))
    var index = try LineageIndex(path: path)
    var figures: [String: Double] = [
        "openSeconds": seconds { index = (try? LineageIndex(path: path)) ?? index }
    ]
    func measure(
        _ name: String, _ kind: IdentifierKind, _ held: Set<String>, count: Int,
        _ value: (Truth) -> String
    ) throws {
        var times: [Double] = []
        var (expected, found, hitCount) = (0, 0, 0)
        for person in people.prefix(count) {
            let identifier = PersonalIdentifier(kind: kind, value: value(person))
            var hits: [RecordHit] = []
            times.append(try seconds { hits = try index.find(identifier) })
            let ids = Set(hits.map(\.key.id))
            let wanted = person.records.filter { !held.isDisjoint(with: $0.holds) }.map(\.id)
            expected += wanted.count
            found += wanted.filter(ids.contains).count
            hitCount += ids.count
        }
        times.sort()
        figures["\(name)MedianMilliseconds"] = times[times.count / 2] * 1000
        figures["\(name)P99Milliseconds"] =
            times[min(times.count - 1, times.count * 99 / 100)] * 1000
        figures["\(name)Recall"] = expected == 0 ? 0 : Double(found) / Double(expected)
        figures["\(name)Hits"] = Double(hitCount)
    }
    try measure("emailFirst", .email, ["email", "declared"], count: 200, \.email)
    try measure("email", .email, ["email", "declared"], count: 200, \.email)
    try measure("phoneFirst", .phone, ["phone", "declared"], count: 200, \.phone)
    try measure("phone", .phone, ["phone", "declared"], count: 200, \.phone)
    try measure("name", .name, ["name", "declared"], count: 200, \.name)
    var times: [Double] = []
    var (expected, found) = (0, 0)
    for person in people.prefix(50) {
        var hits: [RecordHit] = []
        // A part of a word, which neither names nor addresses would be found by.
        let text = String(person.email.dropFirst().dropLast(3))
        times.append(try seconds { hits = try index.search(text: text) })
        let ids = Set(hits.map(\.key.id))
        let wanted = person.records.filter { $0.holds.contains("email") }.map(\.id)
        expected += wanted.count
        found += wanted.filter(ids.contains).count
    }
    times.sort()
    figures["substringMedianMilliseconds"] = times[times.count / 2] * 1000
    figures["substringRecall"] = expected == 0 ? 0 : Double(found) / Double(expected)
    if let person = people.first {
        figures["scanMilliseconds"] = try seconds { _ = try index.search(text: "~~~~") } * 1000
        _ = person
    }
    figures["peakMegabytes"] = peakMegabytes()
    show(figures)
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    print("usage: lethe-index-bench build|identifiers|query FOLDER INDEX")
    exit(64)
}
let folder = URL(fileURLWithPath: arguments[2])
switch arguments[1] {
case "build": try build(folder, arguments[3], .identifiersAndTexts)
case "identifiers": try build(folder, arguments[3], .identifiers)
case "query": try query(folder, arguments[3])
default: exit(64)
}
