import Domain

/// What can be worked on by one process at a time.
package enum LeaseResource: Hashable, Sendable, CustomStringConvertible {
    case work(on: CaseID)
    case model(String)

    package var description: String {
        switch self {
        case .work(let id): "case:\(id)"
        case .model(let name): "model:\(name)"
        }
    }

    var caseID: CaseID? {
        if case .work(let id) = self { id } else { nil }
    }
}

/// The right to work on some resources until it expires. The token grows with every lease of a
/// workspace: whoever presents an older one has been overtaken, and its results are not taken.
package struct Lease: Sendable, Equatable {
    package let token: Int64
    package let resources: [LeaseResource]
    /// Length of the lease; each renewal starts it anew.
    package let seconds: Int
}

/// A stored lease, to be shown.
package struct LeaseStatus: Sendable, Equatable, Codable {
    package let resource: String
    package let caseID: CaseID?
    package let token: Int64
    package let actor: String
    package let processID: Int32
    package let heartbeatAt: Timestamp
    /// By the time of day, to be shown; what counts is the machine's running time.
    package let expiresAt: Timestamp
    /// False once it has run out or its process has ended.
    package let isLive: Bool
}

/// Who is working on what.
package protocol LeaseRegister: Sendable {
    /// Takes a lease on all the resources or on none. One that has run out, or whose process has
    /// ended, is taken over, and the history says so.
    /// - Throws: `lease-held`; `case-not-found`.
    func acquireLease(
        on resources: [LeaseResource], seconds: Int, actor: String
    ) throws -> Lease
    /// Starts the lease's time anew.
    /// - Throws: `lease-lost` if somebody else has taken it over.
    func renewLease(_ lease: Lease) throws
    /// Gives back what is still held under the lease.
    func releaseLease(_ lease: Lease) throws
    /// All there are, sorted by resource.
    func allLeases() throws -> [LeaseStatus]
}
