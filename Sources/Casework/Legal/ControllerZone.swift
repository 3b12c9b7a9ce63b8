import Domain
import Foundation

/// The time zone of the controller's place, in which the days of a legal period are counted.
package struct ControllerZone: Sendable, Equatable {
    /// IANA id, e.g. `Europe/Berlin`; `UTC` unless the policy says otherwise.
    package let id: String
    private let zone: TimeZone

    package static let utc = ControllerZone(fixed: 0, id: "UTC")

    /// - Returns: nil if the machine knows no such zone.
    package init?(id: String) {
        guard id != Self.utc.id else {
            self = .utc
            return
        }
        // Abbreviations such as `CET` are not places and are not taken.
        guard id.contains("/"), let zone = TimeZone(identifier: id) else { return nil }
        self.id = id
        self.zone = zone
    }

    /// A zone that a machine does not know any more, with the offset that was recorded.
    /// - Parameter seconds: east of Greenwich.
    package init(fixed seconds: Int, id: String) {
        self.id = id
        zone = TimeZone(secondsFromGMT: seconds) ?? .gmt
    }

    /// Seconds east of Greenwich at a moment.
    package func offsetSeconds(at time: Timestamp) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.secondsSince1970)))
    }

    /// `+01:00`
    package func offsetText(at time: Timestamp) -> String {
        let minutes = abs(offsetSeconds(at: time)) / 60
        func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return (offsetSeconds(at: time) < 0 ? "-" : "+") + pad(minutes / 60) + ":"
            + pad(minutes % 60)
    }

    /// The date on the controller's wall at a moment.
    package func date(of time: Timestamp) -> CivilDate {
        CivilDate(
            Timestamp(secondsSince1970: time.secondsSince1970 + Int64(offsetSeconds(at: time))))
    }

    /// The last second of a day there.
    package func lastSecond(of date: CivilDate) -> Timestamp {
        let midnight = Int64(date.daysSince1970 + 1) * 86_400
        var time = Timestamp(secondsSince1970: midnight)
        // Twice, because the offset at the guess may be that of the other side of a change.
        for _ in 0..<2 {
            time = Timestamp(secondsSince1970: midnight - Int64(offsetSeconds(at: time)))
        }
        return Timestamp(secondsSince1970: time.secondsSince1970 - 1)
    }
}
