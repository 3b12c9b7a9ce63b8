import Casework
import Certificates
import Domain

/// What stays, or still has to happen elsewhere, because somebody decided so: exempted records with
/// their grounds, and the recipients of the data (GDPR Art. 19).
func decidedResiduals(_ record: CaseRecord) -> [DeletionCertificate.Residual] {
    let legal = record.progress.legal
    let exempted = legal.exemptions.map { exemption in
        let ground = try? RefusalGround.named(exemption.ground)
        let why = ground.map { "\($0.sentence) (\($0.article))" } ?? exemption.ground
        return DeletionCertificate.Residual(
            what: "record \(exemption.place)",
            disposition: "Stays on the ground \(exemption.ground): \(why)."
                + (exemption.span == nil
                    ? "" : " The ground covers these bytes; the record stays as a whole."))
    }
    return exempted
        + legal.recipients.map { recipient in
            DeletionCertificate.Residual(
                what: "recipient \(recipient.name)", disposition: recipient.inWords + ".")
        }
}
