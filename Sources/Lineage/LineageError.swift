import Domain

/// Codes of what can go wrong between a shard file and a scope.
package struct LineageErrorCode: ErrorCode {
    package let rawValue: String
    package let kind: FailureKind

    package init(rawValue: String) { self.init(rawValue, .failed) }
    private init(_ rawValue: String, _ kind: FailureKind) {
        self.rawValue = rawValue
        self.kind = kind
    }

    // Shards and their lines.
    package static let emptyLine = LineageErrorCode("empty-line", .badInput)
    package static let invalidUTF8 = LineageErrorCode("invalid-utf8", .badInput)
    package static let malformedLine = LineageErrorCode("malformed-line", .badInput)
    package static let oversizedLine = LineageErrorCode("oversized-line", .badInput)
    package static let unknownKey = LineageErrorCode("unknown-key", .badInput)
    package static let missingText = LineageErrorCode("missing-text", .badInput)
    package static let malformedField = LineageErrorCode("malformed-field", .badInput)
    package static let duplicateRecord = LineageErrorCode("duplicate-record", .badInput)
    package static let duplicateShard = LineageErrorCode("duplicate-shard", .badInput)
    package static let emptyShard = LineageErrorCode("empty-shard", .badInput)
    package static let malformedIdentifier = LineageErrorCode("malformed-identifier", .badInput)
    package static let malformedCorpus = LineageErrorCode("malformed-corpus", .badInput)
    package static let shardChanged = LineageErrorCode("shard-changed", .integrity)
    package static let shardMissing = LineageErrorCode("shard-missing", .integrity)
    /// A shard lost or changed records that a training run used.
    package static let shardInUse = LineageErrorCode("shard-in-use", .refused)

    // Shards in other forms than JSONL, and what they are unpacked to.
    package static let malformedArchive = LineageErrorCode("malformed-archive", .badInput)
    package static let archiveTooLarge = LineageErrorCode("archive-too-large", .refused)
    package static let unsupportedFormat = LineageErrorCode("unsupported-format", .badInput)
    package static let importConflict = LineageErrorCode("import-conflict", .refused)

    // Erased records, copies of them and what was derived from them.
    package static let erasureRefused = LineageErrorCode("erasure-refused", .refused)
    package static let malformedSpan = LineageErrorCode("malformed-span", .badInput)
    package static let malformedCopy = LineageErrorCode("malformed-copy", .badInput)
    package static let unknownCopy = LineageErrorCode("unknown-copy", .notFound)
    package static let malformedLedger = LineageErrorCode("malformed-ledger", .badInput)
    package static let malformedArtefact = LineageErrorCode("malformed-artefact", .badInput)
    package static let artefactConflict = LineageErrorCode("artefact-conflict", .refused)
    package static let unknownArtefact = LineageErrorCode("unknown-artefact", .notFound)
    package static let malformedModelCard = LineageErrorCode("malformed-model-card", .badInput)
    package static let malformedEvent = LineageErrorCode("malformed-event", .badInput)
    package static let malformedSettings = LineageErrorCode("malformed-settings", .badInput)

    // What is named.
    package static let corpusExists = LineageErrorCode("corpus-exists", .refused)
    package static let unknownRecord = LineageErrorCode("unknown-record", .notFound)
    package static let unknownSubject = LineageErrorCode("unknown-subject", .notFound)
    package static let unknownModel = LineageErrorCode("unknown-model", .notFound)
    package static let unknownRun = LineageErrorCode("unknown-run", .notFound)
    package static let ambiguousDigest = LineageErrorCode("ambiguous-digest", .badInput)
    package static let modelMoved = LineageErrorCode("model-moved", .refused)
    package static let modelConflict = LineageErrorCode("model-conflict", .refused)
    package static let runConflict = LineageErrorCode("run-conflict", .refused)

    // The index itself.
    package static let newerIndex = LineageErrorCode("newer-index", .refused)
    /// Made by an older version in a form, or by rules, that this one does not read.
    package static let indexOutdated = LineageErrorCode("index-outdated", .refused)
    package static let indexKeyMissing = LineageErrorCode("index-key-missing", .integrity)
    package static let indexKeyWrong = LineageErrorCode("index-key-wrong", .integrity)
    package static let indexDamaged = LineageErrorCode("index-damaged", .integrity)
    package static let indexLocked = LineageErrorCode("index-locked", .locked)
    package static let indexFailed = LineageErrorCode("index-failed", .io)
}

package typealias LineageError = CodedError<LineageErrorCode>
