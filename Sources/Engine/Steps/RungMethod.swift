import Domain
import Unlearning

/// What a rung of the ladder asks for, ready to run: a method of Lethe's, or a program outside of it.
struct RungMethod {
    let id: String
    let methodClass: MethodClass
    /// What it cannot work without. A program is given records and model, and says itself what else
    /// it lacks.
    let needs: Set<MethodNeed>
    /// Every parameter in effect; of a program only those that the policy names.
    let parameters: [String: Double]
    private let work: Work

    private enum Work {
        case builtin(UnlearningMethod, MethodParameters, given: [String: Double])
        case external(ExternalExecutor)
    }

    /// - Throws: `unknown-name`, `unknown-parameter`, `parameter-out-of-range`.
    init(_ rung: PolicyRung) throws {
        id = rung.method
        if let executor = rung.executor {
            methodClass = ExternalExecutor.methodClass
            needs = [.retainSet]
            parameters = rung.parameters
            work = .external(
                ExternalExecutor(
                    command: executor.command, arguments: executor.arguments,
                    limits: .init(
                        silenceSeconds: executor.silenceSeconds,
                        totalSeconds: executor.totalSeconds)))
        } else {
            let method = try unlearningMethod(rung.method)
            let resolved = try method.resolve(rung.parameters)
            methodClass = method.methodClass
            needs = method.needs
            parameters = resolved.values
            work = .builtin(method, resolved, given: rung.parameters)
        }
    }

    /// Refuses a task that lacks something, before any work.
    /// - Throws: `nothing-to-forget`, `nothing-to-retain`, `need-not-met`, `recipe-unknown`.
    func check(_ task: UnlearningTask) throws {
        switch work {
        case .builtin(let method, _, _): try method.check(task)
        case .external: try task.requireSingleModel(method: id)
        }
    }

    func unlearn(_ task: UnlearningTask, context: WorkContext) throws -> UnlearningOutcome {
        switch work {
        case .builtin(let method, _, let given):
            try method.unlearn(task, parameters: given, context: context)
        case .external(let executor):
            try executor.unlearn(task, methodID: id, parameters: parameters, context: context)
        }
    }

    /// - Returns: nil for a program: what it does is not known.
    func cost(_ basis: CostBasis) -> CostEstimate? {
        switch work {
        case .builtin(let method, let resolved, _): method.cost(basis, resolved)
        case .external: nil
        }
    }
}
