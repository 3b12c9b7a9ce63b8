import Domain
import Foundation

extension ModelErrorCode {
    package static let malformedEnsemble = ModelErrorCode(rawValue: "malformed-ensemble")
}

/// An ensemble's folder: each member as a Hugging Face folder, `member-1` and so on, and
/// `members.sha256`, a list of their weights' digests in the form of `sha256sum`.
///
/// `sha256sum -c members.sha256` checks the members, and `sha256sum members.sha256` gives the
/// ensemble's digest: neither takes Lethe.
extension EnsembleModel {
    /// The file that makes a folder one of an ensemble.
    package static let listName = "members.sha256"

    /// Whether a folder holds an ensemble and not a model by itself.
    package static func isEnsemble(_ folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(listName).path)
    }

    /// Subfolder of a member, counted from 0.
    package static func memberName(_ index: Int) -> String { "member-\(index + 1)" }

    /// Content of `members.sha256`.
    var memberList: Data { Self.list(members.map(\.digest)) }

    private static func list(_ digests: [Digest]) -> Data {
        Data(
            digests.enumerated().map { index, digest in
                "\(digest.hexadecimal)  \(memberName(index))/\(LanguageModel.weightsName)\n"
            }.joined().utf8)
    }

    /// Writes members and list into a folder, made if needed. The list comes last.
    /// - Returns: the ensemble's digest.
    /// - Throws: `file-not-written`.
    @discardableResult
    package func save(to folder: URL) throws -> Digest {
        for (index, member) in members.enumerated() {
            try member.save(to: folder.appendingPathComponent(Self.memberName(index)))
        }
        let list = memberList
        try DurableFile.write(list, to: folder.appendingPathComponent(Self.listName))
        return Digest(of: list)
    }

    /// Reads an ensemble's folder and holds every member against the list.
    /// - Throws: `malformed-ensemble` for a list of another form and for a member with other weights
    ///   than listed; `file-unreadable`; what reading a member throws.
    package convenience init(folder: URL) throws {
        let data = try DurableFile.read(folder.appendingPathComponent(Self.listName))
        let digests = String(decoding: data, as: UTF8.self).split(separator: "\n").map {
            Digest(hexadecimal: String($0.prefix(64)))
        }
        guard !digests.isEmpty, Self.list(digests.compactMap(\.self)) == data else {
            throw Self.malformed("does not have the expected form")
        }
        try self.init(
            digests.enumerated().map { index, digest in
                let name = Self.memberName(index)
                let member = try LanguageModel(folder: folder.appendingPathComponent(name))
                guard member.digest == digest else {
                    throw Self.malformed("names other weights than \(name) has")
                }
                return member
            })
    }

    private static func malformed(_ what: String) -> ModelError {
        ModelError(
            .malformedEnsemble, "\(listName) of the ensemble \(what).",
            details: ["file": listName],
            remedy: "Restore the ensemble's folder from a backup, or train it again.")
    }
}
