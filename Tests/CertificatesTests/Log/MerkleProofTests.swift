import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct MerkleProofTests {
    /// The eight inputs that implementations of RFC 6962 share.
    static let classic = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ].map { MerkleHash.leaf(bytes(hexadecimal: $0)) }

    @Test(arguments: [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ])
    func `The roots of the classic trees are the published ones`(count: Int, root: String) {
        #expect(MerkleProof.root(of: Array(Self.classic.prefix(count))).description == root)
    }

    private struct Case {
        let value: JSONValue
        var file: String { value["file"]?.text ?? "" }
        var isRefused: Bool { value["wantErr"]?.boolean ?? false }
        func number(_ name: String) -> UInt64 {
            guard case .number(let text) = value[name] else { return 0 }
            return UInt64(text) ?? 0
        }
        /// Placeholders of 12 bytes ("dont care 1") are filled up; any other length is no hash.
        func hash(_ text: String?) -> MerkleHash? {
            guard let data = text.flatMap({ Data(base64Encoded: $0) }) else { return nil }
            let isPlaceholder = data.starts(with: Data("don".utf8)) && data.count < 32
            return MerkleHash(
                bytes: isPlaceholder ? data + Data(count: 32 - data.count) : data)
        }
        func hash(_ name: String) -> MerkleHash? { hash(value[name]?.text) }
        /// Nil if one of them is no hash.
        var proof: [MerkleHash]? {
            let items = value["proof"]?.items ?? []
            let hashes = items.compactMap { hash($0.text) }
            return hashes.count == items.count ? hashes : nil
        }
    }

    private func cases(_ folder: String) throws -> [Case] {
        let file = LogFixtures.folder.appendingPathComponent("merkle-rfc6962.jsonl")
        return try Data(contentsOf: file).split(separator: 0x0A).map {
            Case(value: try JSONParser.parse($0))
        }.filter { $0.file.hasPrefix(folder + "/") }
    }

    @Test func `All published inclusion cases have their outcome`() throws {
        let cases = try cases("inclusion")
        #expect(cases.count == 98)
        for item in cases {
            var isAccepted = false
            if let leaf = item.hash("leafHash"), let root = item.hash("root"),
                let proof = item.proof
            {
                isAccepted = MerkleProof.verifiesInclusion(
                    of: leaf, at: item.number("leafIdx"), size: item.number("treeSize"),
                    root: root, proof: proof)
            }
            #expect(isAccepted != item.isRefused, "\(item.file)")
        }
    }

    @Test func `All published consistency cases have their outcome`() throws {
        let cases = try cases("consistency")
        #expect(cases.count == 98)
        for item in cases {
            var isAccepted = false
            if let old = item.hash("root1"), let new = item.hash("root2"), let proof = item.proof {
                isAccepted = MerkleProof.verifiesConsistency(
                    from: item.number("size1"), old, to: item.number("size2"), new, proof: proof)
            }
            #expect(isAccepted != item.isRefused, "\(item.file)")
        }
    }

    @Test func `All published subtree cases have their outcome`() throws {
        let inclusion = try cases("subtreeinclusion")
        let consistency = try cases("subtreeconsistency")
        #expect(inclusion.count == 204)
        #expect(consistency.count == 118)
        for item in inclusion {
            var isAccepted = false
            if let leaf = item.hash("leafHash"), let root = item.hash("root"),
                let proof = item.proof
            {
                isAccepted = MerkleProof.verifiesInclusion(
                    of: leaf, at: item.number("leafIdx"), inSubtree: item.number("start"),
                    item.number("end"), root: root, proof: proof)
            }
            #expect(isAccepted != item.isRefused, "\(item.file)")
        }
        for item in consistency {
            var isAccepted = false
            if let part = item.hash("root1"), let root = item.hash("root2"),
                let proof = item.proof
            {
                isAccepted = MerkleProof.verifiesConsistency(
                    ofSubtree: item.number("start"), item.number("end"), part,
                    with: item.number("size"), root, proof: proof)
            }
            #expect(isAccepted != item.isRefused, "\(item.file)")
        }
    }

    @Test func `Proofs we make for the classic trees are the published ones`() throws {
        func root(_ start: UInt64, _ end: UInt64) -> MerkleHash {
            MerkleProof.root(of: Array(Self.classic[Int(start)..<Int(end)]))
        }
        for folder in ["inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"] {
            let happy = try cases(folder).filter { $0.file.hasSuffix("happy-path.json") }
            #expect(happy.count == 5)
            for item in happy {
                let made =
                    switch folder {
                    case "inclusion":
                        MerkleProof.make(
                            item.number("leafIdx"), item.number("leafIdx") + 1,
                            size: item.number("treeSize"), root: root)
                    case "subtreeinclusion":
                        MerkleProof.make(
                            item.number("leafIdx"), item.number("leafIdx") + 1,
                            size: item.number("end"), root: root)
                    case "consistency":
                        MerkleProof.make(
                            0, item.number("size1"), size: item.number("size2"), root: root)
                    default:
                        MerkleProof.make(
                            item.number("start"), item.number("end"), size: item.number("size"),
                            root: root)
                    }
                #expect(made == item.proof, "\(item.file)")
            }
        }
    }

    @Test func `Every subtree of every tree up to 20 leaves is proved, and with no other root`() {
        let leaves = (0..<20).map { MerkleHash.leaf(Data("\($0)".utf8)) }
        func root(_ start: UInt64, _ end: UInt64) -> MerkleHash {
            MerkleProof.root(of: Array(leaves[Int(start)..<Int(end)]))
        }
        var count = 0
        for size in UInt64(1)...20 {
            for start in 0..<size {
                for end in (start + 1)...size {
                    // The rule of the draft, spelled out.
                    var width = UInt64(1)
                    while width < end - start { width *= 2 }
                    let isSubtree = start % width == 0
                    let proof =
                        isSubtree ? MerkleProof.make(start, end, size: size, root: root) : []
                    let part = root(start, end)
                    func verifies(_ part: MerkleHash, _ whole: MerkleHash) -> Bool {
                        MerkleProof.verifiesConsistency(
                            ofSubtree: start, end, part, with: size, whole, proof: proof)
                    }
                    #expect(verifies(part, root(0, size)) == isSubtree)
                    #expect(!verifies(part, .node(part, part)))
                    #expect(!verifies(.node(part, part), root(0, size)))
                    count += isSubtree ? 1 : 0
                }
            }
        }
        #expect(count > 500)
    }
}
