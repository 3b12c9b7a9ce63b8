import Domain
import Intake
import Unlearning
import Verification

/// A method as the command shows it.
package struct MethodSummary: Codable, Sendable {
    package let id: String
    package let title: String
    package let summary: String
    package let methodClass: MethodClass
    package let source: String
    package let deviations: String
    /// What it cannot work without.
    package let needs: [MethodNeed]
    package let parameters: [ParameterDescription]

    init(_ method: UnlearningMethod) {
        id = method.id
        title = method.title
        summary = method.summary
        methodClass = method.methodClass
        source = method.source
        deviations = method.deviations
        needs = method.needs.sorted { $0.rawValue < $1.rawValue }
        parameters = method.parameters
    }
}

/// A metric, attack or format as the command shows it.
package struct PluginSummary: Codable, Sendable {
    package let id: String
    package let title: String
    package let source: String
}

package var methodSummaries: [MethodSummary] { builtinMethods.map(MethodSummary.init) }

/// - Throws: `unknown-name` listing the known ones.
package func methodSummary(_ id: String) throws -> MethodSummary {
    MethodSummary(try unlearningMethod(id))
}

package var metricSummaries: [PluginSummary] {
    builtinMetrics.map { PluginSummary(id: $0.id, title: $0.title, source: $0.source) }
}

package var attackSummaries: [PluginSummary] {
    builtinAttacks.map { PluginSummary(id: $0.id, title: $0.title, source: $0.source) }
}

package var formatSummaries: [PluginSummary] {
    builtinFormats.map { PluginSummary(id: $0.id, title: $0.title, source: $0.source) }
}
