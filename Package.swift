// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The instruction set the numeric code is compiled for. The binary runs where it is built, so the
/// build machine decides; `LETHE_MARCH` overrides (empty string = the compiler's portable baseline).
/// Results do not depend on it: the kernels never contract multiply and add.
let march: String? = {
    if let chosen = Context.environment["LETHE_MARCH"] { return chosen.isEmpty ? nil : chosen }
    guard let cpu = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
        return nil
    }
    let flags = Set(cpu.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" }))
    return flags.isSuperset(of: ["avx2", "fma", "bmi1", "bmi2"]) ? "x86-64-v3" : nil
}()

let common: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// Without `-fno-math-errno` every square root is a scalar with a branch to the C library, which could
/// report an error there; the results are the same.
let numeric: [SwiftSetting] =
    common
    + [
        .unsafeFlags(
            ["-Xcc", "-fno-math-errno"] + (march.map { ["-Xcc", "-march=\($0)"] } ?? []))
    ]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")

func tests(_ module: String, _ others: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(module)Tests",
        dependencies: [.target(name: module), "TestSupport"]
            + (module == "Domain" ? [] : ["Domain"]) + others,
        swiftSettings: common)
}

let package = Package(
    name: "lethe",
    products: [.executable(name: "lethe", targets: ["lethe"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(
            name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "Domain", dependencies: [crypto], swiftSettings: common),
        .target(name: "StrictYAML", dependencies: ["Domain", yams], swiftSettings: common),
        .target(
            name: "TensorCore", dependencies: ["COpenBLAS", "Domain"], swiftSettings: numeric),
        .target(
            name: "LanguageModels", dependencies: ["TensorCore", "Domain", "StrictYAML"],
            swiftSettings: numeric),
        .target(
            name: "Unlearning", dependencies: ["LanguageModels", "TensorCore", "Domain"],
            swiftSettings: numeric),
        .target(
            name: "Verification",
            dependencies: ["LanguageModels", "TensorCore", "Domain", "CZlib"],
            swiftSettings: numeric),
        .target(
            name: "Lineage", dependencies: ["Domain", "CZlib", "CZstd", grdb, crypto],
            swiftSettings: numeric),
        .target(
            name: "Casework",
            dependencies: ["Domain", "StrictYAML", grdb, crypto, cryptoExtras],
            resources: [.embedInCode("Legal/Calendars")], swiftSettings: common),
        .target(
            name: "Intake", dependencies: ["Domain", "CLibXML2", crypto, cryptoExtras],
            resources: [.embedInCode("Schemas")], swiftSettings: common),
        .target(
            name: "Certificates",
            dependencies: ["Domain", "Reports", "CQREncode", crypto, cryptoExtras],
            resources: [.embedInCode("Schemas"), .embedInCode("Page/Messages")],
            swiftSettings: common),
        .target(name: "Reports", dependencies: ["Domain"], swiftSettings: common),
        .target(
            name: "Engine",
            dependencies: [
                "Domain", "TensorCore", "LanguageModels", "Unlearning", "Verification", "Lineage",
                "Casework", "Intake", "Certificates", "Reports",
            ], resources: [.embedInCode("Resources/default-policy.yaml")], swiftSettings: common),
        .executableTarget(
            name: "lethe",
            dependencies: [
                "Engine", "Domain", "Lineage", "LanguageModels", "Casework", "Intake",
                "Certificates", arguments,
            ], swiftSettings: common),
        .target(
            name: "TestSupport", dependencies: ["Domain"], path: "Tests/TestSupport",
            swiftSettings: common),
        .executableTarget(
            // Several of these processes race on one store in the tests.
            name: "StoreRacer", dependencies: ["Casework", "Domain"], path: "Tests/StoreRacer",
            swiftSettings: common),
        tests("Domain"),
        tests("TensorCore"),
        tests("LanguageModels", ["TensorCore"]),
        tests("Unlearning", ["LanguageModels", "TensorCore"]),
        tests("Verification", ["LanguageModels", "TensorCore"]),
        tests("Lineage"),
        tests("Casework", [grdb, "StoreRacer"]),
        tests("Intake", [crypto, cryptoExtras]),
        tests("Certificates", ["Reports", crypto, cryptoExtras]),
        tests("Reports"),
        .testTarget(
            // The executable is a dependency so that the tests find it built.
            name: "EndToEndTests",
            dependencies: ["lethe", "Domain", "Lineage", "TestSupport", grdb],
            swiftSettings: common),
    ],
    swiftLanguageModes: [.v6]
)
