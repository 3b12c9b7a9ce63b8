import Casework
import Certificates
import Domain
import Foundation
import Lineage

/// What a certificate says of what stays: copies, recipients, exceptions, the rest.
extension CertificateContent {
    /// The shards, the model before, other models trained on the records, and the registered copies.
    func copies() throws -> [DeletionCertificate.Copy] {
        var all = scope.shardDigests.map {
            DeletionCertificate.Copy(
                .dataset, "training shard", .kept, digest: $0,
                note:
                    "Its records are excluded from every later run; the file itself still held them "
                    + "when this was issued.")
        }
        all.append(
            .init(
                .model, "model before the deletion", .kept, digest: run.baseModel,
                note: "Kept for comparison when this was issued, until the operator removes it; it "
                    + "still knows the person."))
        for model in scope.models where model.name != modelName {
            all.append(
                .init(
                    .model, "model \(model.name)", .kept, digest: model.digest,
                    note:
                        "Also trained on these records and not changed by this deletion. It needs a "
                        + "case of its own."))
        }
        return all + (try registered())
    }

    private func registered() throws -> [DeletionCertificate.Copy] {
        try workspace.lineage.copies(ofCase: record.id.description).map { item in
            let kind: DeletionCertificate.Copy.Kind =
                switch item.copy.kind {
                case .backup: .backup
                case .export: .export
                case .derived: .derived
                case .other: .other
                }
            let what = "\(item.copy.kind.rawValue) \(item.copy.id) of the register"
            return switch item.disposition {
            case .erased: .init(kind, what, .erased, at: item.decidedAt)
            case .scheduled(let date):
                .init(kind, what, .scheduled, at: item.decidedAt, until: date)
            case .cannotBeErased(let reason):
                .init(kind, what, .kept, at: item.decidedAt, note: reason)
            case .unknown: .init(kind, what, .unknown)
            }
        }
    }

    var recipients: [DeletionCertificate.Recipient] {
        record.progress.legal.recipients.map {
            .init(
                name: $0.name, notifiedAt: $0.notifiedAt, acknowledgedAt: $0.acknowledgedAt,
                excuse: $0.excuse?.rawValue)
        }
    }

    /// The records that stay because somebody decided so, each with its ground.
    func exceptions(_ salt: DeletionCertificate.Salt) -> [DeletionCertificate.Exception] {
        record.progress.legal.exemptions.map { exemption in
            let ground = try? RefusalGround.named(exemption.ground)
            return .init(
                ground: exemption.ground, article: ground?.article ?? exemption.ground,
                part: exemption.span == nil ? "record" : "part",
                placeDigest: salt.digest(of: Data(exemption.place.utf8)), at: exemption.at,
                by: exemption.actor)
        }
    }

    var residuals: [DeletionCertificate.Residual] {
        let exempted = Set(
            record.progress.legal.exemptions.compactMap { DoubtfulRecord($0)?.candidate })
        let found = people.scope
        let mentions = found.mentions.filter { !exempted.contains(DoubtfulRecord($0).candidate) }
        return mentions.isEmpty
            ? []
            : [
                .init(
                    what: "\(mentions.count) mentions in records about other people",
                    disposition: "Not removed; they were not in the scope of this case.")
            ]
    }

    var limitations: [String] {
        var lines = [
            "The checks look for residue of this person's values; passing them shows that these "
                + "tests found none, not that no test could.",
            "Copies of the model outside this workspace (deployments, quantised or distilled "
                + "versions) are not known to Lethe and not covered.",
        ]
        if run.methodClass == .approximate {
            lines.append(
                "The method is approximate: the weights were changed so that the person's data is "
                    + "no longer measurable, not trained anew without it.")
        }
        if !people.scope.sharedRecords.isEmpty {
            lines.append(
                "Records about this and another person (\(people.scope.sharedRecords.count)) were "
                    + "removed as a whole.")
        }
        let exemptedCount = Set(record.progress.legal.exemptions.map(\.record)).count
        if exemptedCount > 0 {
            lines.append(
                "The deletion is partial: records of this person that stay (\(exemptedCount)) are "
                    + "listed with their grounds under exceptions; the model may know what they say."
            )
        }
        return lines
    }
}
