import Domain
import Foundation

/// Reads a request file, but never more of it than a request may have: a larger file is refused by
/// its size, and from a pipe or device one byte too many is the last that is read.
/// - Throws: `IntakeError` with code `unreadable-text` if it is too large, `file-unreadable`.
package func readRequestFile(_ url: URL) throws -> Data {
    let limit = RequestRules.fileByteCount
    do {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        var information = stat()
        if fstat(handle.fileDescriptor, &information) == 0, Int(information.st_size) > limit {
            throw tooLarge(Int(information.st_size)).error(source: url.lastPathComponent)
        }
        var data = Data()
        while data.count <= limit,
            let piece = try handle.read(upToCount: limit + 1 - data.count), !piece.isEmpty
        {
            data.append(piece)
        }
        guard data.count <= limit else {
            throw tooLarge(data.count).error(source: url.lastPathComponent)
        }
        return data
    } catch let error as IntakeError {
        throw error
    } catch {
        throw DomainError(
            .fileUnreadable, "\(url.lastPathComponent) cannot be read.",
            details: ["path": url.path], remedy: "Check that the file exists and is readable.",
            cause: error)
    }
}

private func tooLarge(_ byteCount: Int) -> RequestFault {
    RequestFault(
        .unreadableText,
        "the file has \(byteCount) bytes or more; at most \(RequestRules.fileByteCount) are accepted",
        remedy: "Split it into several files.")
}
