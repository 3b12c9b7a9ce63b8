import Casework
import Domain
import Foundation
import Lineage

extension Workspace {
    /// Erases the records of a certified case: rewrites their shards, and what those were unpacked
    /// from, without them; keeps the person from coming back; removes earlier versions of the model
    /// and checkpoints that knew them; and writes a report that the history names.
    ///
    /// When it returns, all of it is on disk. Killed or failed at any point, the same call goes on;
    /// repeated after its end it takes up only what had to stay before, and changes nothing else.
    /// - Throws: `not-certified`; `erasure-waits` if an open case still needs the records;
    ///   `erasure-unfinished` if a rewriting that was killed cannot be brought to an end; what index
    ///   and erasure throw, e.g. `shard-changed`.
    package func eraseRecords(
        of id: CaseID, actor: String, context: WorkContext
    ) throws -> (report: ErasureReport, digest: Digest) {
        let record = try certifiedCase(id)
        try refuseBlocked(id)
        let earlier = try erasureReport(of: id)
        if let earlier, try erasureIntent(of: id) == nil {
            let remnants = try removeRemnants(targets(of: earlier), of: record, context: context)
            let report = try makeReport(
                record, remnants, otherNames: earlier.otherNames, suppression: earlier.suppression)
            return (report, try publish(report, of: record, actor: actor))
        }
        let intent = try erasureIntent(of: id) ?? begin(record)
        try ShardErasure(index: lineage, places: lineage, clock: clock)
            .erase(intent.records, caseID: id.description, context: context)
        try lineage.exportTombstones(to: layout.tombstones)
        let remnants = try removeRemnants(intent.targets, of: record, context: context)
        let report = try makeReport(
            record, remnants, otherNames: intent.otherNames, suppression: intent.suppression)
        let digest = try publish(report, of: record, actor: actor)
        // Last: it names the records, and is what a killed call goes on by.
        _ = try removeForGood([intentFile(id)])
        return (report, digest)
    }

    /// Nil if nothing of the case was erased, and no erasure was begun.
    package func erasureStatus(of id: CaseID) throws -> ErasureStatus? {
        let isOpen = FileManager.default.fileExists(atPath: intentFile(id).path)
        guard let report = try erasureReport(of: id) else {
            return isOpen
                ? ErasureStatus(
                    state: .unfinished, erasedAt: nil, recordCount: nil, completeness: "partial",
                    reasons: [Self.unfinished(id)], reportDigest: nil) : nil
        }
        let record = try cases.load(id)
        let completeness = try self.completeness(
            record, report.models, report.checkpoints, otherNames: report.otherNames)
        let reasons = completeness.reasons + (isOpen ? [Self.unfinished(id)] : [])
        return ErasureStatus(
            state: isOpen ? .unfinished : .erased, erasedAt: report.erasedAt,
            recordCount: report.recordCount, completeness: reasons.isEmpty ? "full" : "partial",
            reasons: reasons, reportDigest: try reportNote(of: id))
    }

    /// The newest report on a case's erasure.
    /// - Throws: `file-unreadable`; kind `integrity` if the file is not what the history names.
    package func erasureReport(of id: CaseID) throws -> ErasureReport? {
        guard let digest = try reportNote(of: id) else { return nil }
        let file = layout.reports.appendingPathComponent("\(digest).json")
        let data = try DurableFile.read(file)
        guard Digest(of: data) == digest else {
            throw EngineError(
                .erasureUnfinished, "The report of \(id)'s erasure was changed on disk.",
                details: ["path": file.path], remedy: "Restore \(file.path) from a backup.")
        }
        return try CanonicalJSON.decode(ErasureReport.self, from: data)
    }

    private func reportNote(of id: CaseID) throws -> Digest? {
        try cases.history(of: id).last { $0.event == ErasureReport.event }?
            .digests[ErasureReport.digestKey].flatMap(Digest.init(hexadecimal:))
    }

    private static func unfinished(_ id: CaseID) -> ErasureCompleteness.Reason {
        ErasureCompleteness.Reason(
            code: "erasure-unfinished",
            message: "The erasure was stopped; `lethe case erase \(id) --yes` goes on.")
    }

    private func intentFile(_ id: CaseID) -> URL {
        layout.erasures.appendingPathComponent("\(id).json")
    }

    func erasureIntent(of id: CaseID) throws -> ErasureIntent? {
        let file = intentFile(id)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try CanonicalJSON.decode(ErasureIntent.self, from: DurableFile.read(file))
    }

    /// Writes down what is to be erased, and keeps the person from coming back: from then on the
    /// erasure can go on without the records.
    private func begin(_ record: CaseRecord) throws -> ErasureIntent {
        let keys = try recordsToErase(of: record)
        try refuseErasing(keys, of: record)
        let paths = Set(keys.map(\.shard))
        let sources = try paths.compactMap { try lineage.importedShard(at: $0)?.sourcePath }
        let otherNames = Dictionary(
            uniqueKeysWithValues: paths.union(sources).map { ($0, Self.otherNameCount($0)) }
        ).filter { $0.value > 0 }
        let targets = try self.targets(of: keys, record)
        let intent = ErasureIntent(
            caseID: record.id, records: keys, targets: targets,
            suppression: try suppress(record, keys), otherNames: otherNames)
        do {
            try DurableFile.makeFolder(layout.erasures, permissions: 0o700)
        } catch {
            throw EngineError(
                .cannotCreate, "\(layout.erasures.path) could not be made.",
                details: ["path": layout.erasures.path],
                remedy: "Check the permissions of the workspace.", cause: error)
        }
        try DurableFile.write(
            try CanonicalJSON.pretty(intent), to: intentFile(record.id), permissions: 0o600)
        return intent
    }

    /// The request's identifiers suppress, and what records about this person alone declare.
    private func suppress(
        _ record: CaseRecord, _ keys: [RecordKey]
    ) throws -> SuppressionSummary {
        let records = try lineage.records(keys)
        var identifiers = try cases.request(of: record.id).identifiers
        let subjects = record.progress.scope?.subjects ?? []
        if subjects.count == 1 {
            for own in records where own.subjects == subjects {
                for (kind, value) in own.values.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    let identifier = PersonalIdentifier(kind: kind, value: value)
                    if !identifiers.contains(identifier) { identifiers.append(identifier) }
                }
            }
        }
        return try lineage.suppress(
            identifiers, records: records, caseID: record.id.description, at: clock.now())
    }

    /// An erasure of this case that was killed while files were replaced has been resumed when the
    /// workspace was opened; if it could not be, the operator has to put the file right.
    private func refuseBlocked(_ id: CaseID) throws {
        for erasure in resumedErasures where erasure.caseID == id.description {
            guard case .blocked(let code, let message) = erasure.outcome else { continue }
            throw EngineError(
                .erasureUnfinished, message,
                details: ["case": id.description, "path": erasure.shard, "cause": code],
                remedy: "Put \(erasure.shard) right, then repeat the command.")
        }
    }

    private func makeReport(
        _ record: CaseRecord,
        _ remnants: (models: [ErasureReport.Model], checkpoints: [ErasureReport.Checkpoint]),
        otherNames: [String: Int], suppression: SuppressionSummary
    ) throws -> ErasureReport {
        let name = record.id.description
        let tombstones = try lineage.tombstones(ofCase: name)
        guard let certificate = record.progress.certificate,
            let last = tombstones.map(\.erasedAt).max()
        else {
            throw EngineError(
                .erasureUnfinished, "No record of \(record.id) was erased.",
                details: ["case": name])
        }
        let completeness = try self.completeness(
            record, remnants.models, remnants.checkpoints, otherNames: otherNames)
        return ErasureReport(
            schema: ErasureReport.schema, caseID: record.id,
            certificate: certificate.payloadDigest, erasedAt: last,
            recordCount: tombstones.count, shards: try shards(of: tombstones),
            models: remnants.models, checkpoints: remnants.checkpoints, otherNames: otherNames,
            suppression: suppression,
            copies: try lineage.copies(ofCase: name).map(ErasureReport.Copy.init),
            completeness: completeness.word, reasons: completeness.reasons)
    }

    private func shards(of tombstones: [Tombstone]) throws -> [ErasureReport.Shard] {
        let byPath = Dictionary(grouping: tombstones, by: \.shard)
        return try byPath.keys.sorted().compactMap { path in
            let own = (byPath[path] ?? []).sorted { $0.erasedAt < $1.erasedAt }
            guard let first = own.first, let last = own.last else { return nil }
            return ErasureReport.Shard(
                path: path, sourcePath: try lineage.importedShard(at: path)?.sourcePath,
                oldDigest: first.oldShardDigest, newDigest: last.newShardDigest,
                recordCount: own.count)
        }
    }

    /// Full if nothing that is known to hold the records is left.
    private func completeness(
        _ record: CaseRecord, _ models: [ErasureReport.Model],
        _ checkpoints: [ErasureReport.Checkpoint], otherNames: [String: Int]
    ) throws -> ErasureCompleteness {
        var reasons = try lineage.erasureIsFull(
            record.id.description, models: models.map(\.digest),
            clean: [record.progress.unlearning?.outputModel].compactMap(\.self), now: clock.now()
        ).reasons
        // Of models that are derived from one another each is named once, below.
        let names = Set(models.map { "model:\($0.digest.hexadecimal)" })
        reasons.removeAll { reason in
            reason.code == "artefact-residual" && names.contains { reason.message.contains($0) }
        }
        for model in models where model.remnant.outcome == .kept {
            reasons.append(
                ErasureCompleteness.Reason(
                    code: "model-kept",
                    message: "\(model.name) version \(model.version) was kept: "
                        + (model.remnant.reason ?? "")))
        }
        for checkpoint in checkpoints where checkpoint.remnant.outcome == .kept {
            reasons.append(
                ErasureCompleteness.Reason(
                    code: "checkpoint-kept",
                    message: "\(checkpoint.path) was kept: " + (checkpoint.remnant.reason ?? "")))
        }
        for exemption in record.progress.legal.exemptions {
            reasons.append(
                ErasureCompleteness.Reason(
                    code: "exempted",
                    message: "The record \(exemption.record) stays on the ground "
                        + "\(exemption.ground)."))
        }
        for (path, count) in otherNames.sorted(by: { $0.key < $1.key }) {
            reasons.append(
                ErasureCompleteness.Reason(
                    code: "other-name",
                    message: "\(path) had \(count) other \(count == 1 ? "name" : "names") (hard "
                        + "links), which keep the old content."))
        }
        return reasons.isEmpty ? .full : .partial(reasons)
    }

    /// Writes a report and names it in the case's history, unless it says what the last one says.
    private func publish(
        _ report: ErasureReport, of record: CaseRecord, actor: String
    ) throws -> Digest {
        let data = try CanonicalJSON.pretty(report)
        let digest = Digest(of: data)
        if try reportNote(of: record.id) == digest { return digest }
        try DurableFile.write(
            data, to: layout.reports.appendingPathComponent("\(digest).json"), permissions: 0o600)
        try cases.appendNote(
            event: ErasureReport.event, on: record.id, actor: actor,
            digests: [ErasureReport.digestKey: digest.hexadecimal],
            facts: [
                "record-count": "\(report.recordCount)", "shard-count": "\(report.shards.count)",
                "models-removed": "\(report.models.count { $0.remnant.outcome == .removed })",
                "checkpoints-removed":
                    "\(report.checkpoints.count { $0.remnant.outcome == .removed })",
                "completeness": report.completeness,
            ])
        return digest
    }
}
