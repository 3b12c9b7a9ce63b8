/// Merkle proofs of RFC 6962, section 2.1 (RFC 9162, section 2.1.3 and 2.1.4), made and verified.
///
/// All of them are one proof: that the tree over leaves `start..<end` is part of the tree over
/// `0..<size`. With one leaf it is an inclusion proof, with `start` 0 a consistency proof; the
/// general case is the subtree proof of draft-ietf-plants-merkle-tree-certs, section 4.4. A proof
/// lists hashes from the leaves' side to the root's.
package enum MerkleProof {
    /// The largest power of two below `size`, where RFC 6962 splits a tree. `size` is at least 2.
    static func split(_ size: UInt64) -> UInt64 {
        1 << UInt64(63 - (size - 1).leadingZeroBitCount)
    }

    /// Whether leaves `start..<end` are a subtree: `start` is a multiple of the smallest power of two
    /// that is not below the number of leaves.
    static func isSubtree(_ start: UInt64, _ end: UInt64) -> Bool {
        guard start <= end else { return false }
        let count = end - start
        guard start > 0, count > 1 else { return true }
        let bits = UInt64(64 - (count - 1).leadingZeroBitCount)
        return bits < 64 && start % (1 << bits) == 0
    }

    // MARK: Verification

    /// Whether the leaf with this hash is number `index` of the tree with this root.
    package static func verifiesInclusion(
        of leaf: MerkleHash, at index: UInt64, size: UInt64, root: MerkleHash,
        proof: [MerkleHash]
    ) -> Bool {
        guard index < size else { return false }
        let found = roots(
            index, index + 1, size: size, part: leaf, isKnown: true, proof: proof[...])
        return found.map { $0.whole == root } ?? false
    }

    /// The same, in the subtree over `start..<end`.
    package static func verifiesInclusion(
        of leaf: MerkleHash, at index: UInt64, inSubtree start: UInt64, _ end: UInt64,
        root: MerkleHash, proof: [MerkleHash]
    ) -> Bool {
        guard isSubtree(start, end), start <= index, index < end else { return false }
        return verifiesInclusion(
            of: leaf, at: index - start, size: end - start, root: root, proof: proof)
    }

    /// Whether a tree of `newSize` leaves begins with all leaves of one of `oldSize`, in order. An
    /// empty old tree proves nothing and is refused.
    package static func verifiesConsistency(
        from oldSize: UInt64, _ oldRoot: MerkleHash, to newSize: UInt64, _ newRoot: MerkleHash,
        proof: [MerkleHash]
    ) -> Bool {
        guard oldSize > 0 else { return false }
        return verifiesConsistency(
            ofSubtree: 0, oldSize, oldRoot, with: newSize, newRoot, proof: proof)
    }

    /// Whether the subtree over `start..<end` is part of the tree of `size` leaves. An empty subtree
    /// is part of every tree; its root is that of no leaves.
    package static func verifiesConsistency(
        ofSubtree start: UInt64, _ end: UInt64, _ subtreeRoot: MerkleHash,
        with size: UInt64, _ root: MerkleHash, proof: [MerkleHash]
    ) -> Bool {
        guard isSubtree(start, end), end <= size else { return false }
        if start == end { return proof.isEmpty && subtreeRoot == .empty }
        let found = roots(
            start, end, size: size, part: subtreeRoot, isKnown: true, proof: proof[...])
        return found.map { $0.part == subtreeRoot && $0.whole == root } ?? false
    }

    /// Follows the definition of the proof from the root down and folds it on the way back: at most
    /// 64 levels, for each halves the tree. Nil if the proof is longer or shorter than it must be.
    /// - Parameter isKnown: the part is the subtree that is asked for; otherwise the proof must give it.
    private static func roots(
        _ start: UInt64, _ end: UInt64, size: UInt64, part: MerkleHash, isKnown: Bool,
        proof: ArraySlice<MerkleHash>
    ) -> (part: MerkleHash, whole: MerkleHash)? {
        if start == 0, end == size {
            if isKnown { return proof.isEmpty ? (part, part) : nil }
            guard proof.count == 1, let given = proof.first else { return nil }
            return (given, given)
        }
        guard let sibling = proof.last else { return nil }
        let rest = proof.dropLast()
        let middle = split(size)
        if end <= middle {
            return roots(start, end, size: middle, part: part, isKnown: isKnown, proof: rest)
                .map { ($0.part, .node($0.whole, sibling)) }
        }
        if start >= middle {
            return roots(
                start - middle, end - middle, size: size - middle, part: part, isKnown: isKnown,
                proof: rest
            ).map { ($0.part, .node(sibling, $0.whole)) }
        }
        // A subtree that crosses the middle begins at 0, so all of the left half belongs to it.
        return roots(
            0, end - middle, size: size - middle, part: part, isKnown: false, proof: rest
        ).map { (.node(sibling, $0.part), .node(sibling, $0.whole)) }
    }

    // MARK: Making

    /// The proof for the subtree over `start..<end` in the tree of `size` leaves.
    /// - Parameters:
    ///   - start, end: a subtree, `end` not above `size`.
    ///   - root: the root over a range of leaves as `split` yields them.
    package static func make(
        _ start: UInt64, _ end: UInt64, size: UInt64,
        root: (_ start: UInt64, _ end: UInt64) throws -> MerkleHash
    ) rethrows -> [MerkleHash] {
        guard start < end else { return [] }
        var (low, high, from, isKnown) = (UInt64(0), size, start, true)
        var hashes: [MerkleHash] = []
        while from > low || end < high {
            let middle = low + split(high - low)
            if end <= middle {
                hashes.append(try root(middle, high))
                high = middle
            } else {
                hashes.append(try root(low, middle))
                if from < middle {
                    isKnown = false
                    from = middle
                }
                low = middle
            }
        }
        if !isKnown { hashes.append(try root(low, high)) }
        return hashes.reversed()
    }

    /// The root over leaves `start..<end`, from hashes of their own or of what is known of them.
    /// - Parameter known: the root over a range, if it is at hand; a single leaf must be.
    package static func root(
        _ start: UInt64, _ end: UInt64,
        known: (_ start: UInt64, _ end: UInt64) throws -> MerkleHash?
    ) rethrows -> MerkleHash {
        guard start < end else { return .empty }
        if let hash = try known(start, end) { return hash }
        guard end - start > 1 else { return .empty }
        let middle = start + split(end - start)
        return .node(
            try root(start, middle, known: known), try root(middle, end, known: known))
    }

    /// The root over these leaf hashes.
    package static func root(of leaves: [MerkleHash]) -> MerkleHash {
        root(0, UInt64(leaves.count)) { start, end in
            end - start == 1 ? leaves[Int(start)] : nil
        }
    }
}
