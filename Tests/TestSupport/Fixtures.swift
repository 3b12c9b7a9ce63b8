import Foundation

/// Finds the files that tests read and gives them scratch folders.
package enum Fixtures {
    /// `Tests/Fixtures` of the checkout the tests were built from.
    package static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// The top of the checkout.
    package static let repository = root.deletingLastPathComponent().deletingLastPathComponent()

    /// Files below a fixture folder with this extension, sorted by name.
    package static func files(in folder: String, extension suffix: String) throws -> [URL] {
        try FileManager.default
            .contentsOfDirectory(
                at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil
            )
            .filter { $0.pathExtension == suffix }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
}

/// A folder that is removed when the test is done with it.
package final class ScratchFolder: Sendable {
    package let url: URL

    /// - Parameter parent: an existing folder; the system's temporary one if nil.
    package init(in parent: URL? = nil) throws {
        url = (parent ?? FileManager.default.temporaryDirectory)
            .appendingPathComponent("lethe-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    package func file(_ name: String, _ content: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content.utf8).write(to: file)
        return file
    }
}
