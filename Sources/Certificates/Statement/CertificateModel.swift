import Domain
import Foundation

extension DeletionCertificate {
    /// A file of the model after the deletion; each is a subject of the statement.
    package struct ModelFile: Codable, Sendable, Equatable {
        /// Path inside the model's folder, with `/` between its parts.
        package let path: String
        package let digest: Digest

        package init(path: String, digest: Digest) {
            self.path = path
            self.digest = digest
        }

        /// It stays in the folder, and a line holds it.
        var hasSafePath: Bool {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            return parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
                && path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }
    }

    /// The model before and after. The statement's subjects are the model after and its files.
    package struct Model: Codable, Sendable, Equatable {
        package let name: String
        package let before: Digest
        package let after: Digest
        /// Permanent id of the model family, e.g. `llama`.
        package let family: String
        package let parameterCount: Int
        /// Of the model after, in the order of their paths.
        package let files: [ModelFile]
        /// Form of the weights, e.g. `safetensors`.
        package let format: String
        /// Runs that trained the model on the person's records.
        package let trainingRuns: [String]
        package let releaseContext: ReleaseContext?

        /// SHA-256 over a line for each file, `DIGEST  PATH`, in the order of the paths' bytes: what
        /// `(cd FOLDER && find . -type f | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum) |
        /// sha256sum` prints.
        package var folderDigest: Digest {
            Digest(of: Data(files.map { "\($0.digest.hexadecimal)  \($0.path)\n" }.joined().utf8))
        }

        package init(
            name: String, before: Digest, after: Digest, family: String, parameterCount: Int,
            files: [ModelFile], format: String = "safetensors",
            trainingRuns: [String] = [], releaseContext: ReleaseContext? = nil
        ) {
            self.name = name
            self.before = before
            self.after = after
            self.family = family
            self.parameterCount = parameterCount
            self.files = files.sorted {
                $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
            }
            self.format = format
            self.trainingRuns = trainingRuns
            self.releaseContext = releaseContext
        }
    }

    /// The policy whose thresholds were fixed before the run.
    package struct PolicyReference: Codable, Sendable, Equatable {
        package let name: String
        package let digest: Digest

        package init(name: String, digest: Digest) {
            self.name = name
            self.digest = digest
        }
    }

    package struct Tool: Codable, Sendable, Equatable {
        package let name: String
        package let version: String
        /// SHA-256 of the program's file; nil where the system does not tell its place.
        package let buildDigest: Digest?

        package init(name: String, version: String, buildDigest: Digest? = nil) {
            self.name = name
            self.version = version
            self.buildDigest = buildDigest
        }
    }
}
