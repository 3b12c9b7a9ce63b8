import Casework
import Domain
import Lineage

/// Open cases whose requests name the same person by a strong identifier.
package struct DuplicateGroup: Encodable, Sendable {
    package struct Member: Encodable, Sendable {
        package let caseID: CaseID
        package let state: CaseState
        package let receivedAt: Timestamp
        package let dueAt: Timestamp
        package let identity: IdentityLevel
        package let isVerified: Bool

        private enum CodingKeys: String, CodingKey {
            case caseID = "case"
            case state, receivedAt, dueAt, identity, isVerified
        }
    }

    /// Sorted by id.
    package let cases: [Member]
    /// What the requests have in common; the values stay in the vault.
    package let kinds: [IdentifierKind]
    /// Decisions that would close the others, each allowed now; empty as long as none is verified.
    package let commands: [String]
}

extension Workspace {
    /// Compares the requests of all open cases by keyed digests of their strong identifiers. A request
    /// whose key was destroyed has nothing left to compare.
    package func duplicates() throws -> [DuplicateGroup] {
        let records = try cases.openCases()
        var groups = JoinedIndices(count: records.count)
        var firstWith: [Digest: Int] = [:]
        var shared: [(index: Int, kind: IdentifierKind)] = []
        for (index, record) in records.enumerated() {
            guard let request = try presentRequest(of: record.id) else { continue }
            for identifier in request.identifiers {
                for form in identifier.comparableForms {
                    guard let digest = vault.keyedDigest(of: "duplicate/" + form) else { continue }
                    guard let first = firstWith[digest] else {
                        firstWith[digest] = index
                        continue
                    }
                    guard first != index else { continue }
                    groups.join(first, index)
                    shared.append((index, identifier.kind))
                }
            }
        }
        var members: [Int: [CaseRecord]] = [:]
        for (index, record) in records.enumerated() {
            members[groups.root(of: index), default: []].append(record)
        }
        var kinds: [Int: Set<IdentifierKind>] = [:]
        for (index, kind) in shared { kinds[groups.root(of: index), default: []].insert(kind) }
        // The root is the oldest case of its group.
        return kinds.sorted { $0.key < $1.key }.map { root, found in
            group(members[root] ?? [], IdentifierKind.allCases.filter(found.contains))
        }
    }

    private func presentRequest(of id: CaseID) throws -> DeletionRequest? {
        do { return try cases.request(of: id) } catch let error as CaseworkError
            where error.code == .vaultShredded
        { return nil }
    }

    private func group(_ records: [CaseRecord], _ kinds: [IdentifierKind]) -> DuplicateGroup {
        func level(_ record: CaseRecord) -> IdentityLevel { record.progress.legal.identity.level }
        // The best verified one stands in; of equals the oldest, whose deadline is the first.
        let best = records.map(level).max()
        let standIn = records.first { level($0) == best }
        let commands = records.compactMap { record -> String? in
            guard let standIn, record.id != standIn.id,
                mayShadow(level(standIn), over: level(record))
            else { return nil }
            return "lethe case supersede \(record.id) --by \(standIn.id) --reason \"...\""
        }
        return DuplicateGroup(
            cases: records.map {
                .init(
                    caseID: $0.id, state: $0.state, receivedAt: $0.receivedAt, dueAt: $0.dueAt,
                    identity: level($0), isVerified: level($0) > .unverified)
            }, kinds: kinds, commands: commands)
    }
}

/// Which indices belong together.
private struct JoinedIndices {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of index: Int) -> Int {
        var index = index
        while parents[index] != index {
            parents[index] = parents[parents[index]]
            index = parents[index]
        }
        return index
    }

    mutating func join(_ a: Int, _ b: Int) {
        let (a, b) = (root(of: a), root(of: b))
        parents[max(a, b)] = min(a, b)
    }
}
