import Casework
import Domain
import Foundation

/// Measures the store: `lethe-store-bench FOLDER [CASES]` makes cases in files of 1 000 and then times
/// listing, loading, the history of one case and the verification of all. Prints one figure a line.
@main
struct StoreSpeed {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2 else {
            print("usage: lethe-store-bench FOLDER [CASES]")
            exit(64)
        }
        let folder = URL(fileURLWithPath: arguments[1])
        let caseCount = arguments.count > 2 ? Int(arguments[2]) ?? 100_000 : 100_000
        let store = try SQLiteCaseStore(
            path: folder.appendingPathComponent("cases.sqlite").path,
            vault: try Vault(masterKey: Data(repeating: 7, count: 32)))
        let memoryBefore = residentMiB()
        let intake = try seconds {
            for file in 0..<(caseCount + 999) / 1_000 {
                let numbers = file * 1_000..<min(caseCount, (file + 1) * 1_000)
                _ = try store.create(requests(numbers), actor: "ada")
                if file % 20 == 19 { print("  \(numbers.upperBound) cases, \(residentMiB()) MiB") }
            }
        }
        print("intake \(caseCount) cases: \(intake) s, \(Int(Double(caseCount) / intake)) per s")
        print("memory: \(memoryBefore) MiB before, \(residentMiB()) MiB after")
        let year = try store.list(limit: 1).first?.id.year ?? 2026
        let middle = CaseID(year: year, number: caseCount / 2)
        print("list of 100, first page: \(try milliseconds { _ = try store.list(limit: 100) }) ms")
        print(
            "list of 100 in the middle: "
                + "\(try milliseconds { _ = try store.list(limit: 100, after: middle) }) ms")
        let far = Timestamp(Date().addingTimeInterval(400 * 86_400))
        print(
            "list of 100 by state and due date: "
                + "\(try milliseconds { _ = try store.list(state: .received, dueBefore: far, limit: 100) }) ms"
        )
        print("count by state: \(try milliseconds { _ = try store.countByState() }) ms")
        print("load: \(try milliseconds { _ = try store.load(middle) }) ms")
        print("request: \(try milliseconds { _ = try store.request(of: middle) }) ms")
        print("history of one: \(try milliseconds { _ = try store.history(of: middle) }) ms")
        print("due timers: \(try milliseconds { _ = try store.dueTimers(at: far, limit: 100) }) ms")
        let verify = try seconds {
            print("verified \(try store.verifyHistory().entryCount) entries")
        }
        print("verify: \(verify) s; memory now \(residentMiB()) MiB, peak \(peakMiB()) MiB")
    }

    private static func requests(
        _ numbers: Range<Int>
    ) -> [(new: NewCase, vault: VaultedRequest)] {
        let requests = numbers.map { number in
            DeletionRequest(
                sourceID: "req-\(number)", regime: .gdprEU,
                identifiers: [
                    PersonalIdentifier(kind: .email, value: "person\(number)@example.org"),
                    PersonalIdentifier(kind: .name, value: "Person Number \(number)"),
                ], ground: "art17-1-b", scope: [])
        }
        // What a JSON file of a thousand requests looks like in size.
        let raw = Data(
            numbers.map {
                #"{"id":"req-\#($0)","identifiers":[{"kind":"email","value":"person\#($0)@example.org"},"#
                    + #"{"kind":"name","value":"Person Number \#($0)"}],"ground":"art17-1-b"}"#
            }.joined(separator: "\n").utf8)
        return requests.map {
            (
                new: NewCase(regime: .gdprEU, sourceFormat: "lethe-json"),
                vault: VaultedRequest(rawBytes: raw, request: $0)
            )
        }
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let duration = try ContinuousClock().measure(body)
        return
            (Double(duration.components.attoseconds) * 1e-18 + Double(duration.components.seconds))
            .rounded(to: 3)
    }

    /// The median of 21 calls.
    private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        var times: [Double] = []
        for _ in 0..<21 {
            let duration = try ContinuousClock().measure(body)
            times.append(
                Double(duration.components.attoseconds) * 1e-15
                    + Double(duration.components.seconds) * 1e3)
        }
        return times.sorted()[10].rounded(to: 3)
    }

    private static func residentMiB() -> Int { statusMiB("VmRSS") }
    private static func peakMiB() -> Int { statusMiB("VmHWM") }

    private static func statusMiB(_ name: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
        return (number.flatMap { Int($0) } ?? 0) / 1_024
    }
}

extension Double {
    fileprivate func rounded(to places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}
