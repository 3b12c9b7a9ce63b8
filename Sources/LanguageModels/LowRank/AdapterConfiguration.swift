import Domain

/// PEFT's `adapter_config.json`, as far as it says what the adapters compute.
struct AdapterConfiguration {
    static let fileName = "adapter_config.json"

    let rank: Int
    let alpha: Double
    let targets: [String]
    /// Patterns with the values that replace rank and alpha; the first that matches counts.
    let rankPattern: [(pattern: String, rank: Int)]
    let alphaPattern: [(pattern: String, alpha: Double)]
    let usesRankStabilizedScale: Bool
    /// Numbers of the layers that have adapters; nil for all.
    let layers: [Int]?

    /// Keys that change nothing in what trained adapters compute: origin, training, other
    /// libraries.
    private static let neutral: Set = [
        "auto_mapping", "base_model_name_or_path", "fan_in_fan_out", "inference_mode",
        "lora_dropout", "megatron_core", "peft_version", "qalora_group_size", "revision",
        "task_type",
    ]
    /// Starts that leave the model's own weights alone; others (PiSSA, OLoRA, ...) change them.
    private static let plainStarts = [
        JSONValue.bool(true), .bool(false), .string("gaussian"), .null,
    ]

    /// - Throws: `malformed-adapter`; `unsupported-adapter` for a variant that computes something
    ///   else.
    init(_ json: JSONValue) throws {
        guard let members = json.members else {
            throw Self.malformed("is not an object", key: nil)
        }
        guard let type = json["peft_type"]?.text, type == "LORA" else {
            throw Self.unsupported("peft_type", json["peft_type"] ?? .null)
        }
        guard let rank = json["r"]?.integer, LowRankSettings.ranks.contains(rank) else {
            throw Self.malformed("must be a whole number in \(LowRankSettings.ranks)", key: "r")
        }
        self.rank = rank
        alpha = try Self.alpha(json["lora_alpha"] ?? .null, key: "lora_alpha")
        targets = try Self.targets(json["target_modules"] ?? .null)
        rankPattern = try Self.pattern(json["rank_pattern"], key: "rank_pattern") { value, key in
            guard let rank = value.integer, LowRankSettings.ranks.contains(rank) else {
                throw Self.malformed("must hold ranks in \(LowRankSettings.ranks)", key: key)
            }
            return rank
        }.map { (pattern: $0.0, rank: $0.1) }
        alphaPattern = try Self.pattern(
            json["alpha_pattern"], key: "alpha_pattern", Self.alpha
        ).map { (pattern: $0.0, alpha: $0.1) }
        switch json["use_rslora"] ?? .null {
        case .null: usesRankStabilizedScale = false
        case .bool(let value): usesRankStabilizedScale = value
        default: throw Self.malformed("must be true or false", key: "use_rslora")
        }
        layers = try Self.layers(json["layers_to_transform"] ?? .null)
        let read: Set = [
            "peft_type", "r", "lora_alpha", "target_modules", "rank_pattern", "alpha_pattern",
            "use_rslora", "layers_to_transform",
        ]
        for member in members where !read.contains(member.key) {
            switch member.key {
            case "bias":
                guard [.string("none"), .null].contains(member.value) else {
                    throw Self.unsupported("bias", member.value)
                }
            case "init_lora_weights":
                guard Self.plainStarts.contains(member.value) else {
                    throw Self.unsupported(member.key, member.value)
                }
            default:
                // What is switched off needs no support, whatever it is.
                guard Self.neutral.contains(member.key) || Self.isOff(member.value) else {
                    throw Self.unsupported(member.key, member.value)
                }
            }
        }
    }

    /// Rank of the adapter on a module.
    func rank(of modulePath: String) -> Int {
        rankPattern.first { Self.matches(modulePath, $0.pattern) }?.rank ?? rank
    }

    /// Alpha of the adapter on a module.
    func alpha(of modulePath: String) -> Double {
        alphaPattern.first { Self.matches(modulePath, $0.pattern) }?.alpha ?? alpha
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        pattern.hasPrefix("^")
            ? path.utf8.elementsEqual(pattern.dropFirst().utf8)
            : modulePath(path, matches: pattern)
    }

    private static func isOff(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .string(let text): text.isEmpty
        case .array(let items): items.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }

    private static func alpha(_ value: JSONValue, key: String) throws -> Double {
        guard let alpha = value.real, alpha.isFinite, alpha > 0 else {
            throw malformed("must be a positive number", key: key)
        }
        return alpha
    }

    private static func targets(_ value: JSONValue) throws -> [String] {
        if let text = value.text {
            guard text == LowRankSettings.allLinear else {
                throw unsupported(
                    "target_modules", value,
                    remedy: "Write the list of names instead of a regular expression.")
            }
            return [text]
        }
        guard let items = value.items, !items.isEmpty, items.allSatisfy({ $0.text != nil }) else {
            throw malformed("must be a list of names or \"all-linear\"", key: "target_modules")
        }
        return items.compactMap(\.text)
    }

    private static func layers(_ value: JSONValue) throws -> [Int]? {
        if value.isNull { return nil }
        let items = value.items ?? [value]
        guard items.allSatisfy({ $0.integer != nil }) else {
            throw malformed("must be a list of whole numbers", key: "layers_to_transform")
        }
        return items.isEmpty ? nil : items.compactMap(\.integer)
    }

    /// Patterns are regular expressions to PEFT; plain names are read, with `^` for the path from
    /// its beginning.
    private static func pattern<Value>(
        _ value: JSONValue?, key: String, _ read: (JSONValue, String) throws -> Value
    ) throws -> [(String, Value)] {
        guard let value, !value.isNull else { return [] }
        guard let members = value.members else { throw malformed("must be an object", key: key) }
        return try members.map { member in
            let pattern = member.key.replacingOccurrences(of: "\\.", with: ".")
            let name = pattern.hasPrefix("^") ? pattern.dropFirst() : pattern[...]
            let isPlain = name.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                    || $0 == 46 || $0 == 95
            }
            guard isPlain, !name.isEmpty else {
                throw unsupported(
                    key, .string(member.key), remedy: "Write names instead of expressions.")
            }
            return (pattern, try read(member.value, key))
        }
    }

    private static func malformed(_ rule: String, key: String?) -> ModelError {
        ModelError(
            .malformedAdapter, "\(fileName)\(key.map { ": \($0)" } ?? "") \(rule).",
            details: key.map { ["key": $0] } ?? [:],
            remedy: "Save the adapter again with PEFT's save_pretrained.")
    }

    private static func unsupported(
        _ key: String, _ value: JSONValue, remedy: String? = nil
    ) -> ModelError {
        let text = value.text ?? String(decoding: value.serialized(), as: UTF8.self)
        return ModelError(
            .unsupportedAdapter,
            "\(fileName): \(key) is \(text.prefix(80)), which is not supported.",
            details: ["key": key],
            remedy: remedy ?? "Merge the adapter with PEFT and import the merged model.")
    }
}
