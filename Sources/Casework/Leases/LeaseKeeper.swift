import Domain
import Synchronization

/// Keeps a lease alive while work reports its progress, and stops the work once it is lost.
final class LeaseKeeper: Sendable {
    private struct State {
        var nextRenewal: ContinuousClock.Instant
        var loss: CaseworkError?
    }

    let lease: Lease
    private let register: any LeaseRegister
    private let interval: Duration
    private let state: Mutex<State>

    init(_ lease: Lease, register: any LeaseRegister) {
        self.lease = lease
        self.register = register
        interval = .milliseconds(lease.seconds * 1_000 / 3)
        state = Mutex(State(nextRenewal: .now + interval))
    }

    var loss: CaseworkError? { state.withLock { $0.loss } }

    /// The work's context with a heartbeat in it: every third of the lease's time it is renewed.
    func context(_ inner: WorkContext) -> WorkContext {
        WorkContext(
            report: { update in
                self.beat()
                inner.progress(
                    update.activity, update.completed, of: update.total, note: update.note)
            },
            isCancelled: {
                self.beat()
                return self.loss != nil || (try? inner.checkCancellation()) == nil
            })
    }

    private func beat() {
        let isDue = state.withLock { state in
            guard state.loss == nil, ContinuousClock.now >= state.nextRenewal else { return false }
            state.nextRenewal = .now + interval
            return true
        }
        guard isDue else { return }
        do { try register.renewLease(lease) } catch let error as CaseworkError {
            // A database that is busy just now is asked again at the next beat; the result is only
            // taken under the present token in any case.
            if error.code == .leaseLost { state.withLock { $0.loss = error } }
        } catch {}
    }
}

extension CaseDriver {
    /// Longest time between two signs of life of a step, seconds. A process that ended is noticed at
    /// once; this is for one that hangs.
    package static let leaseSeconds = 600

    /// Does a step's work under a lease on its cases, and on a model. Whatever comes of it, the lease
    /// is given back at the end.
    /// - Throws: `lease-held`; `case-changed` if a case went on since it was read, so that no work is
    ///   done twice; `lease-lost` if somebody took the work over meanwhile; what `work` throws;
    ///   `database-failed` if the lease of work that is done cannot be given back.
    func leasing<Value>(
        _ cases: [CaseRecord], model: String? = nil,
        _ work: (Lease, WorkContext) throws -> Value
    ) throws -> Value {
        let lease = try store.leases.acquireLease(
            on: cases.map { .work(on: $0.id) } + (model.map { [.model($0)] } ?? []),
            seconds: Self.leaseSeconds, actor: actor)
        let keeper = LeaseKeeper(lease, register: store.leases)
        let value: Value
        do {
            for record in cases where try store.load(record.id).version != record.version {
                throw SQLiteCaseStore.changed(record.id)
            }
            value = try work(lease, keeper.context(context))
        } catch {
            // A lease that cannot be given back runs out by itself.
            try? store.leases.releaseLease(lease)
            throw keeper.loss ?? error
        }
        // Else the next step would take this process for another one at work.
        try store.leases.releaseLease(lease)
        return value
    }
}
