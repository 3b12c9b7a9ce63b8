import Crypto
import Domain
import Foundation

/// The files that the requests of one intake came in. A file of a thousand requests is digested once
/// and stored once.
struct RequestFiles {
    struct File {
        let digest: Domain.Digest
        let bytes: Data
        /// Nil if only one request came in it.
        let shared: VaultedRequest.SharedFile?
    }

    private var files: [Domain.Digest: File] = [:]
    private var stored: Set<String> = []
    private var last: File?

    init(of requests: [VaultedRequest]) {
        var counts: [Domain.Digest: Int] = [:]
        var order: [(digest: Domain.Digest, bytes: Data)] = []
        for request in requests {
            // Requests of a file follow each other, so that comparing saves most of the hashing.
            if order.last?.bytes != request.rawBytes {
                order.append((Domain.Digest(of: request.rawBytes), request.rawBytes))
            }
            if let digest = order.last?.digest { counts[digest, default: 0] += 1 }
        }
        for (digest, bytes) in order {
            files[digest] = File(
                digest: digest, bytes: bytes,
                shared: counts[digest] ?? 0 < 2
                    ? nil
                    : VaultedRequest.SharedFile(
                        id: UUID().uuidString,
                        key: SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }))
        }
    }

    /// The file with these bytes.
    mutating func next(_ bytes: Data) -> File {
        if let last, last.bytes == bytes { return last }
        let digest = Domain.Digest(of: bytes)
        let file = files[digest] ?? File(digest: digest, bytes: bytes, shared: nil)
        last = file
        return file
    }

    /// True the first time it is asked about a shared file.
    mutating func takesStoring(_ file: VaultedRequest.SharedFile) -> Bool {
        stored.insert(file.id).inserted
    }
}

extension VaultedRequest.SharedFile {
    private var name: Data { Data("lethe.vault.file.v1 \(id)".utf8) }

    func seal(_ bytes: Data) throws -> Data? {
        try AES.GCM.seal(bytes, using: SymmetricKey(data: key), authenticating: name).combined
    }

    func open(_ sealed: Data) throws -> Data {
        try AES.GCM.open(
            try AES.GCM.SealedBox(combined: sealed), using: SymmetricKey(data: key),
            authenticating: name)
    }
}
