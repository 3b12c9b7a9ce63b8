import Domain

/// Whom a mark stands for is told by its shape as well as by its colour.
enum PlotMark {
    /// A mark around a place. Many are small and hollow, single ones large and filled.
    static func at(
        _ x: Double, _ y: Double, _ role: ReportFigure.Role, size: Double? = nil
    ) -> HTMLFragment {
        let name = role.rawValue
        let r = size ?? (role.isCrowd ? 3.2 : 6)
        return switch role {
        case .after, .person, .twins, .strangers:
            "<circle class=\"mark \(name)\" cx=\"\(at: x)\" cy=\"\(at: y)\" r=\"\(at: r)\"/>"
        case .before:
            """
            <path class="mark \(name)" d="M\(at: x) \(at: y - 1.1 * r)L\(at: x + 1.1 * r) \
            \(at: y + 0.9 * r)H\(at: x - 1.1 * r)Z"/>
            """
        case .retained:
            """
            <path class="mark \(name)" d="M\(at: x) \(at: y - 1.2 * r)L\(at: x + 1.2 * r) \
            \(at: y)L\(at: x) \(at: y + 1.2 * r)L\(at: x - 1.2 * r) \(at: y)Z"/>
            """
        case .reference:
            """
            <rect class="mark \(name)" x="\(at: x - 0.9 * r)" y="\(at: y - 0.9 * r)" \
            width="\(at: 1.8 * r)" height="\(at: 1.8 * r)"/>
            """
        }
    }
}

extension ReportFigure.Role {
    /// Whether there are usually many of them, to compare one with.
    var isCrowd: Bool {
        switch self {
        case .twins, .strangers, .retained: true
        case .person, .before, .after, .reference: false
        }
    }
}
