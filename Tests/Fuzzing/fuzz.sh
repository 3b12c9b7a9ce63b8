#!/usr/bin/env bash
# Fuzzes a reader of files with libFuzzer and AddressSanitizer, outside of the package.
#
#   Tests/Fuzzing/fuzz.sh gguf|safetensors|tokenizer SECONDS
#
# Builds a package of its own in LETHE_FUZZ_FOLDER (default: a temporary folder, which is kept), starts from
# the small fixtures of the kind, and leaves what fails in the folder's findings. Exit code 0: nothing
# was found.
set -euo pipefail
readonly repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
readonly target="${1:?target: gguf, safetensors or tokenizer}" seconds="${2:?seconds}"
readonly fixtures="$repository/Tests/Fixtures"

options=()
case "$target" in
    gguf) source=GGUFFuzzer seeds=("$fixtures"/gguf/tiny "$fixtures"/gguf) suffix=gguf ;;
    safetensors) source=SafetensorsFuzzer seeds=("$fixtures"/safetensors) suffix=safetensors ;;
    tokenizer)
        source=TokenizerFileFuzzer seeds=("$fixtures"/tokenizers) suffix=json
        # Foundation leaks 536 bytes for every regular expression that it refuses.
        options=(-detect_leaks=0 -dict="$repository/Tests/Fuzzing/tokenizer.dict")
        # Checked at the end of the run as well, whatever the option above says.
        export ASAN_OPTIONS=detect_leaks=0 ;;
    *) echo "error: unknown target $target" >&2; exit 64 ;;
esac

readonly folder="${LETHE_FUZZ_FOLDER:-$(mktemp -d)}"
echo "working in $folder"
mkdir -p "$folder/Sources/$target" "$folder/corpus-$target" "$folder/findings-$target"
cd "$folder"
modules=(COpenBLAS Domain StrictYAML TensorCore LanguageModels)
for module in "${modules[@]}"; do ln -sfn "$repository/Sources/$module" "Sources/$module"; done
ln -sf "$repository/Tests/Fuzzing/$source.swift" "Sources/$target/"

# Dependencies in the versions of the project.
dependency() { grep -F "/$1\", exact:" "$repository/Package.swift"; }
cat > Package.swift <<PACKAGE
// swift-tools-version: 6.2
import PackageDescription
let fuzzed: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])]
let package = Package(
    name: "lethe",
    dependencies: [
$(dependency apple/swift-crypto)
$(dependency jpsim/Yams)
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas"),
        .target(
            name: "Domain", dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: fuzzed),
        .target(
            name: "StrictYAML", dependencies: ["Domain", .product(name: "Yams", package: "Yams")],
            swiftSettings: fuzzed),
        .target(
            name: "TensorCore", dependencies: ["COpenBLAS", "Domain"], swiftSettings: fuzzed),
        .target(
            name: "LanguageModels", dependencies: ["TensorCore", "Domain", "StrictYAML"],
            swiftSettings: fuzzed),
        .target(
            name: "$target", dependencies: ["LanguageModels", "TensorCore"],
            swiftSettings: fuzzed),
    ],
    swiftLanguageModes: [.v6]
)
PACKAGE
objects="$(swift build -c release --show-bin-path)"
# Objects of files that are gone would be linked too.
for module in "$target" "${modules[@]}"; do rm -rf "$objects/$module.build"; done
swift build -c release --jobs "${LETHE_FUZZ_JOBS:-1}" --target "$target"

# Linked by hand: an executable target would bring a main function of its own.
parts=("$target" "${modules[@]:1}" Yams CYaml Crypto)
folders=()
for part in "${parts[@]}"; do folders+=("$objects/$part.build"); done
folders+=("$objects"/CCrypto*.build "$objects"/CXKCP*.build "$objects"/CryptoBoringWrapper.build)
find "${folders[@]}" -name '*.o' > "objects-$target"
swiftc -sanitize=fuzzer,address "@objects-$target" -o "fuzz-$target" -lopenblas -lstdc++

find "${seeds[@]}" -name "*.$suffix" -size -20k -exec cp {} "corpus-$target/" \;
OPENBLAS_NUM_THREADS=1 "./fuzz-$target" -max_total_time="$seconds" -max_len=16384 \
    -rss_limit_mb=2048 -malloc_limit_mb=512 -timeout=20 \
    -artifact_prefix="findings-$target/" -print_final_stats=1 "${options[@]}" "corpus-$target"
