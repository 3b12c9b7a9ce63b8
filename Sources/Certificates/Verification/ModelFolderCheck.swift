import Domain
import Foundation

extension OfflineVerification {
    /// Endings of files that loaders take weights from.
    private static let weightEndings = [
        ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".gguf", ".ggml", ".npz", ".onnx",
        ".h5", ".msgpack", ".tflite", ".mlmodel",
    ]

    /// Every file of the certificate is in the folder, with its digest, and no other weights are.
    func modelFinding(_ verified: VerifiedCertificate, folder: URL) throws -> VerificationFinding {
        let model = verified.certificate.model
        func mismatch(_ what: String, _ path: String) -> CertificateError {
            CertificateError(
                .modelMismatch,
                "\(folder.path) is not the model of the certificate: \(shown(what)).",
                details: ["path": path, "model": model.name],
                remedy: "Give the folder of the model that was certified, as it was handed over.")
        }
        for file in model.files {
            let url = folder.appendingPathComponent(file.path)
            let values = try? url.resolvingSymlinksInPath().resourceValues(
                forKeys: [.isRegularFileKey])
            guard values?.isRegularFile == true else {
                throw mismatch("\(file.path) is missing", file.path)
            }
            guard try Digest(ofFileAt: url) == file.digest else {
                throw mismatch("\(file.path) has another content", file.path)
            }
        }
        let known = Set(model.files.map(\.path))
        let present = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        let links = present.filter { path in
            var isFolder: ObjCBool = false
            let url = folder.appendingPathComponent(path)
            return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
                && isFolder.boolValue
                && (try? FileManager.default.destinationOfSymbolicLink(atPath: url.path)) != nil
        }
        if let link = links.sorted().first {
            throw mismatch("\(link) leads to another folder", link)
        }
        let others = present.filter { path in
            !known.contains(path)
                && Self.weightEndings.contains { path.lowercased().hasSuffix($0) }
        }
        if let other = others.sorted().first {
            throw mismatch("it holds other weights, \(other)", other)
        }
        return .init(
            .model, .passed,
            "The files of \(shown(model.name)) are those certified (\(model.files.count)).")
    }
}
