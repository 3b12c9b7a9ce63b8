// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The project's modules are compiled here once more (Modules is a link to ../Sources): their
// interfaces are visible inside a package only, and a benchmark is no reason to widen them.

let march: String? = {
    if let chosen = Context.environment["LETHE_MARCH"] { return chosen.isEmpty ? nil : chosen }
    guard let cpu = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
        return nil
    }
    let flags = Set(cpu.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" }))
    return flags.isSuperset(of: ["avx2", "fma", "bmi1", "bmi2"]) ? "x86-64-v3" : nil
}()
let numeric: [SwiftSetting] = [
    .unsafeFlags(["-Xcc", "-fno-math-errno"] + (march.map { ["-Xcc", "-march=\($0)"] } ?? []))
]

let package = Package(
    name: "lethe-benchmarks",
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenBLAS", path: "Modules/COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev"])]),
        .target(
            name: "Domain", dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            path: "Modules/Domain"),
        .target(
            name: "StrictYAML",
            dependencies: ["Domain", .product(name: "Yams", package: "Yams")],
            path: "Modules/StrictYAML"),
        .target(
            name: "TensorCore", dependencies: ["COpenBLAS", "Domain"], path: "Modules/TensorCore",
            swiftSettings: numeric),
        .target(
            name: "LanguageModels", dependencies: ["TensorCore", "Domain", "StrictYAML"],
            path: "Modules/LanguageModels", swiftSettings: numeric),
        .executableTarget(
            name: "lethe-bench",
            dependencies: [
                "LanguageModels", "TensorCore", "Domain", "COpenBLAS",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/Benchmarks", swiftSettings: numeric),
        .systemLibrary(
            name: "CZlib", path: "Modules/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CZstd", path: "Modules/CZstd", providers: [.apt(["libzstd-dev"])]),
        .target(
            name: "Lineage",
            dependencies: [
                "Domain", "CZlib", "CZstd", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ], path: "Modules/Lineage", swiftSettings: numeric),
        .executableTarget(
            name: "lethe-index-bench", dependencies: ["Lineage", "Domain"],
            path: "Sources/IndexBenchmark"),
        .target(
            name: "Casework",
            dependencies: [
                "Domain", "StrictYAML", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ], path: "Modules/Casework", resources: [.embedInCode("Legal/Calendars")]),
        .executableTarget(
            name: "lethe-store-bench", dependencies: ["Casework", "Domain"],
            path: "Sources/StoreSpeed"),
        .systemLibrary(
            name: "CQREncode", path: "Modules/CQREncode", pkgConfig: "libqrencode",
            providers: [.apt(["libqrencode-dev"])]),
        .target(name: "Reports", dependencies: ["Domain"], path: "Modules/Reports"),
        .target(
            name: "Certificates",
            dependencies: [
                "Domain", "Reports", "CQREncode",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ], path: "Modules/Certificates",
            resources: [.embedInCode("Schemas"), .embedInCode("Page/Messages")]),
        .executableTarget(
            name: "lethe-log-bench", dependencies: ["Certificates", "Domain"],
            path: "Sources/LogSpeed"),
    ],
    swiftLanguageModes: [.v6]
)
