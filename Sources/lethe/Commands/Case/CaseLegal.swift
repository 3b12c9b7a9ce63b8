import Casework
import Domain

/// Rows of `lethe case show` for what the law asks and operators decided. No personal data.
func legalRows(of record: CaseRecord) -> [(label: String, value: String)] {
    let legal = record.progress.legal
    var rows: [(label: String, value: String)] = []
    if let best = legal.identity.evidence.max(by: { $0.level < $1.level }) {
        rows.append(
            ("identity", "\(best.level.rawValue), recorded by \(best.actor) \(best.at.dateText)"))
    }
    if let found = legal.ground { rows.append(("ground", found.ground)) }
    if let extended = record.clockFacts.extended {
        rows.append(("extended", "told \(extended.givenAt.dateText): \(extended.reason)"))
    }
    for exemption in legal.exemptions {
        rows.append(("stays", "\(exemption.place) (\(exemption.ground))"))
    }
    if let hold = legal.hold {
        rows.append(
            (
                "held",
                "by \(hold.authority) until \(hold.until.dateText)"
                    + (hold.expiredAt == nil ? "" : ", which has passed")
            ))
    }
    if let refusal = legal.refusal {
        rows.append(("refused", "\(refusal.ground), told \(refusal.toldAt.dateText)"))
    }
    if let other = legal.supersededBy { rows.append(("stand-in", other.by.description)) }
    if let approval = legal.approval {
        rows.append(("approved", "by \(approval.actor) \(approval.at.dateText)"))
    }
    for recipient in legal.recipients { rows.append(("recipient", recipient.inWords)) }
    rows.append(("outcome", outwardStatus(of: record).name))
    return rows
}
