import Domain
import Foundation
import StrictYAML

/// The part of a policy that says which methods are used.
extension PolicyFile {
    static func exactBudget(_ node: YAMLNode, _ source: YAMLSource) throws -> ExactBudget {
        let standard = ExactBudget()
        let map = try source.mapping(
            node, "exact-budget", keys: ["maximum-share", "maximum-seconds"])
        let share = try map["maximum-share"].map { entry in
            guard let value = entry.value.float, value > 0, value <= 1 else {
                throw source.malformed(
                    "maximum-share must be a number in (0, 1]", at: entry.value)
            }
            return value
        }
        return ExactBudget(
            maximumShare: share ?? standard.maximumShare,
            maximumSeconds: try map["maximum-seconds"].map {
                try positiveSeconds("maximum-seconds", $0.value, source)
            })
    }

    static func rung(
        _ node: YAMLNode, _ methods: [String], _ source: YAMLSource
    ) throws -> PolicyRung {
        let map = try source.mapping(
            node, "a method", keys: ["method", "parameters", "maximum-persons", "executor"])
        let entry = try source.required("method", in: map, of: node)
        let executor = try map["executor"].map { try Self.executor($0.value, source) }
        let method = try methodName(entry.value, methods, isForeign: executor != nil, source)
        var maximumPersons: Int?
        if let entry = map["maximum-persons"] {
            guard let count = entry.value.int, count >= 1 else {
                throw source.malformed("maximum-persons must be at least 1", at: entry.value)
            }
            maximumPersons = count
        }
        var parameters: [String: Double] = [:]
        if let entry = map["parameters"] {
            for (key, parameter) in try source.mapping(entry.value, "parameters", keys: nil) {
                guard let value = parameter.value.float, value.isFinite else {
                    throw source.malformed("\(key) must be a number", at: parameter.value)
                }
                parameters[key] = value
            }
        }
        return PolicyRung(
            method: method, parameters: parameters, maximumPersons: maximumPersons,
            executor: executor)
    }

    /// - Parameter isForeign: an executor may know methods that Lethe does not.
    private static func methodName(
        _ node: YAMLNode, _ methods: [String], isForeign: Bool, _ source: YAMLSource
    ) throws -> String {
        let method = node.string ?? ""
        guard method != controlMethod else {
            throw source.malformed(
                "\"none\" is a control and is never certified; it cannot be on the ladder",
                at: node)
        }
        if isForeign {
            let isName = method.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == 45
            }
            guard isName, method != Ladder.automatic, !method.isEmpty, method.utf8.count <= 64
            else {
                throw source.malformed(
                    "method must be up to 64 lower-case letters, digits and hyphens, not auto",
                    at: node)
            }
            return method
        }
        guard methods.contains(method) else {
            throw source.malformed(
                "there is no method \"\(method)\" for a ladder; those are: "
                    + methods.sorted().joined(separator: ", "),
                at: node, nearest: nearestName(to: method, among: methods))
        }
        return method
    }

    private static func executor(
        _ node: YAMLNode, _ source: YAMLSource
    ) throws -> ExecutorSettings {
        let map = try source.mapping(
            node, "executor", keys: ["command", "arguments", "silence-seconds", "total-seconds"])
        let entry = try source.required("command", in: map, of: node)
        guard let command = entry.value.string, !command.isEmpty else {
            throw source.malformed("command must be a program's path or name", at: entry.value)
        }
        let arguments = try map["arguments"].map { entry in
            guard let items = entry.value.sequence else {
                throw source.malformed("arguments must be a list of texts", at: entry.value)
            }
            return try items.map { item in
                guard let text = item.string else {
                    throw source.malformed("an argument must be a text", at: item)
                }
                return text
            }
        }
        let standard = ExecutorSettings(command: command)
        return ExecutorSettings(
            command: command, arguments: arguments ?? [],
            silenceSeconds: try map["silence-seconds"].map {
                try positiveSeconds("silence-seconds", $0.value, source)
            } ?? standard.silenceSeconds,
            totalSeconds: try map["total-seconds"].map {
                try positiveSeconds("total-seconds", $0.value, source)
            } ?? standard.totalSeconds)
    }

    private static func positiveSeconds(
        _ key: String, _ node: YAMLNode, _ source: YAMLSource
    ) throws -> Double {
        guard let value = node.float, value.isFinite, value > 0 else {
            throw source.malformed("\(key) must be a number of seconds above 0", at: node)
        }
        return value
    }
}
