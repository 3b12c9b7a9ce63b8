import Foundation

/// A picture of what was measured, as the numbers that a report draws. It holds nothing else: no
/// personal data, no text of records and no ids of them.
///
/// The numbers are for the eye: five significant digits, at most `Series.limit` of them a series. A
/// verdict rests on the measurements of its check, never on these.
package struct ReportFigure: Codable, Sendable, Equatable {
    /// Kebab-case, unique within its check, e.g. `summed-scores`.
    package let id: String
    /// One sentence that says what is seen.
    package let title: String
    package let kind: Kind
    package let x: Axis
    package let y: Axis
    package let series: [Series]
    package let thresholds: [Threshold]
    /// What has to be known to read it, and which series are thinned.
    package let note: String?

    package enum Kind: String, Codable, Sendable {
        /// Series of many values as bars of their shares in percent; of one to three as upright lines.
        case histogram
        /// Points joined in their order.
        case curve
        case scatter
        /// One row of dots along x for each series.
        case strip
    }

    /// - Parameter note: completed by the names of the series that are thinned.
    package init(
        id: String, title: String, kind: Kind, x: Axis, y: Axis = Axis(""), series: [Series],
        thresholds: [Threshold] = [], note: String? = nil
    ) {
        self.id = id
        self.title = title
        self.kind = kind
        self.x = x
        self.y = y
        self.series = series.filter { !$0.values.isEmpty || !$0.points.isEmpty }
        self.thresholds = thresholds
        let thinned = self.series.filter { $0.shownCount < $0.totalCount }.map {
            "\($0.name): \($0.shownCount) of \($0.totalCount) shown"
                + ($0.shownCount == Series.limit ? ", evenly thinned" : "")
        }
        let notes = [note].compactMap { $0 } + thinned
        self.note = notes.isEmpty ? nil : notes.joined(separator: "; ")
    }
}

extension ReportFigure {
    package struct Axis: Codable, Sendable, Equatable {
        package let label: String
        /// E.g. `nats per token`; nil for a number without one.
        package let unit: String?
        package let scale: Scale
        /// What is shown at the least, `[lower, upper]`; nil for what the numbers span.
        package let bounds: [Double]?

        /// Logarithmic only for values above 0; others are then not drawn.
        package enum Scale: String, Codable, Sendable { case linear, logarithmic }

        package init(
            _ label: String, unit: String? = nil, scale: Scale = .linear,
            bounds: ClosedRange<Double>? = nil
        ) {
            self.label = label
            self.unit = unit
            self.scale = scale
            self.bounds = bounds.map { [$0.lowerBound, $0.upperBound] }
        }
    }

    /// Whom the numbers are about; it decides colour and mark.
    package enum Role: String, Codable, Sendable {
        case person, before, after, twins, strangers, retained, reference
    }

    package struct Point: Sendable, Equatable {
        package let x: Double
        package let y: Double

        package init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// Values along x, or points. Numbers that are not finite are left out, and count in `totalCount`.
    package struct Series: Codable, Sendable, Equatable {
        package let name: String
        package let role: Role
        package let values: [Double]
        package let points: [Point]
        /// How many numbers there were before thinning.
        package let totalCount: Int

        package static let limit = 200
        package var shownCount: Int { values.count + points.count }

        /// Sorted, so that no order of records shows, and thinned evenly: the shape stays, and so do
        /// smallest and largest.
        package init(_ name: String, _ role: Role, values: [Double?]) {
            self.name = name
            self.role = role
            self.values = thinned(values.compactMap { $0 }.filter(\.isFinite).sorted())
                .map(fiveDigits)
            points = []
            totalCount = values.count
        }

        /// Thinned evenly in the order given; first and last remain.
        package init(_ name: String, _ role: Role, points: [Point]) {
            self.name = name
            self.role = role
            values = []
            self.points = thinned(points.filter { $0.x.isFinite && $0.y.isFinite })
                .map { Point(fiveDigits($0.x), fiveDigits($0.y)) }
            totalCount = points.count
        }
    }

    /// A line that separates what passes from what does not, or one to compare with.
    package struct Threshold: Codable, Sendable, Equatable {
        package let label: String
        package let value: Double
        package let axis: Direction

        package enum Direction: String, Codable, Sendable {
            case x, y
            /// The line y = x + value.
            case diagonal
        }

        package init(_ label: String, _ value: Double, _ axis: Direction = .x) {
            self.label = label
            self.value = fiveDigits(value)
            self.axis = axis
        }
    }
}

extension ReportFigure.Point: Codable {
    /// As `[x, y]`.
    package init(from decoder: any Decoder) throws {
        var numbers = try decoder.unkeyedContainer()
        self.init(try numbers.decode(Double.self), try numbers.decode(Double.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var numbers = encoder.unkeyedContainer()
        try numbers.encode(x)
        try numbers.encode(y)
    }
}

private func thinned<Item>(_ items: [Item]) -> [Item] {
    let limit = ReportFigure.Series.limit
    guard items.count > limit else { return items }
    return (0..<limit).map { items[$0 * (items.count - 1) / (limit - 1)] }
}

/// The nearest number that is written with five significant digits.
private func fiveDigits(_ value: Double) -> Double {
    Double(String(format: "%.5g", value)) ?? value
}
