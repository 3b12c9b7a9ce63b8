import Domain

package struct EngineErrorCode: ErrorCode {
    package let rawValue: String
    package let kind: FailureKind

    package init(rawValue: String) { self.init(rawValue, .failed) }
    private init(_ rawValue: String, _ kind: FailureKind) {
        self.rawValue = rawValue
        self.kind = kind
    }

    package static let noWorkspace = EngineErrorCode("no-workspace", .notFound)
    package static let workspaceExists = EngineErrorCode("workspace-exists", .refused)
    package static let newerWorkspace = EngineErrorCode("newer-workspace", .refused)
    package static let workspaceLocked = EngineErrorCode("workspace-locked", .locked)
    package static let cannotCreate = EngineErrorCode("cannot-create", .cannotCreate)
    package static let modelExists = EngineErrorCode("model-exists", .refused)
    package static let modelDamaged = EngineErrorCode("model-damaged", .integrity)
    package static let isAnEnsemble = EngineErrorCode("is-an-ensemble", .refused)
    package static let noTrainingRun = EngineErrorCode("no-training-run", .refused)
    package static let notCertified = EngineErrorCode("not-certified", .refused)
    package static let erasureWaits = EngineErrorCode("erasure-waits", .refused)
    package static let erasureUnfinished = EngineErrorCode("erasure-unfinished", .integrity)
    package static let modelErased = EngineErrorCode("model-erased", .notFound)
    package static let notVerified = EngineErrorCode("not-verified", .refused)
    package static let notScoped = EngineErrorCode("not-scoped", .refused)
    package static let startNotClean = EngineErrorCode("start-not-clean", .refused)
    package static let scopeChanged = EngineErrorCode("scope-changed", .integrity)
    package static let wrongCorpusRole = EngineErrorCode("wrong-corpus-role", .badInput)
    package static let nothingToTrainOn = EngineErrorCode("nothing-to-train-on", .badInput)
    package static let suppressedRecords = EngineErrorCode("suppressed-records", .refused)
    package static let mixedRequests = EngineErrorCode("mixed-requests", .badInput)
    package static let noSuchRequest = EngineErrorCode("no-such-request", .notFound)
    package static let notSuppressed = EngineErrorCode("not-suppressed", .refused)
    package static let nothingToResume = EngineErrorCode("nothing-to-resume", .notFound)
    package static let sharedRecords = EngineErrorCode("shared-records", .badInput)
    package static let referenceUnsuitable = EngineErrorCode("reference-unsuitable", .refused)
    package static let referenceRecipe = EngineErrorCode("reference-recipe", .refused)
    package static let unsuitableCalibration = EngineErrorCode("unsuitable-calibration", .usage)
    package static let noInput = EngineErrorCode("no-input", .badInput)
    package static let badName = EngineErrorCode("bad-name", .usage)
    package static let noCertificate = EngineErrorCode("no-certificate", .notFound)
    /// A claim's file that no model can be asked with.
    package static let unfitClaim = EngineErrorCode("unfit-claim", .badInput)
    /// One certificate is revoked once, for one reason.
    package static let alreadyRevoked = EngineErrorCode("already-revoked", .refused)
    /// A stored revocation or claim is not what it was.
    package static let revocationDamaged = EngineErrorCode("revocation-damaged", .integrity)
    package static let noSuchKey = EngineErrorCode("no-such-key", .notFound)
    /// By the key history, the signing key may not sign now.
    package static let keyNotUsable = EngineErrorCode("key-not-usable", .refused)
    package static let keyInUse = EngineErrorCode("key-in-use", .refused)
    package static let rotationUnfinished = EngineErrorCode("rotation-unfinished", .refused)
    /// The key was not introduced as an approver's, or is somebody else's.
    package static let notAnApprover = EngineErrorCode("not-an-approver", .refused)
    package static let timestampExists = EngineErrorCode("timestamp-exists", .refused)
    package static let noWitness = EngineErrorCode("no-witness", .usage)
    /// A key, a checkpoint or an entry that should be there is missing or contradicts another.
    package static let keysDamaged = EngineErrorCode("keys-damaged", .integrity)
    package static let ambiguousPrefix = EngineErrorCode("ambiguous-prefix", .usage)
}

package typealias EngineError = CodedError<EngineErrorCode>
