#!/usr/bin/env bash
# Fuzzes the readers of requests with libFuzzer and AddressSanitizer, outside of the package.
#
#   Tests/Fuzzing/fuzz-intake.sh FORMAT|all SECONDS
#
# FORMAT is an id of `lethe formats`; `all` takes each in turn, SECONDS each. Builds a package of its
# own in LETHE_FUZZ_FOLDER (default: a temporary folder, which is kept), starts from the request
# fixtures, and leaves what fails in the folder's findings. Exit code 0: nothing was found.
set -euo pipefail
readonly repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
readonly target="${1:?format, or all}" seconds="${2:?seconds}"
readonly requests="$repository/Tests/Fixtures/requests"
formats=(lethe-json lethe-xml opendsr drp iab-ddrf priv shopify meta)
if [[ "$target" != all ]]; then
    [[ " ${formats[*]} " == *" $target "* ]] ||
        { echo "error: unknown format $target" >&2; exit 64; }
    formats=("$target")
fi

readonly folder="${LETHE_FUZZ_FOLDER:-$(mktemp -d)}"
echo "working in $folder"
mkdir -p "$folder/Sources/IntakeFuzzer"
cd "$folder"
for module in CLibXML2 Domain Intake; do ln -sfn "$repository/Sources/$module" "Sources/$module"; done
ln -sf "$repository/Tests/Fuzzing/IntakeFuzzer.swift" Sources/IntakeFuzzer/

# The dependency in the version of the project.
version="$(grep -o 'swift-crypto", exact: "[^"]*"' "$repository/Package.swift" | head -1)"
cat > Package.swift <<PACKAGE
// swift-tools-version: 6.2
import PackageDescription
let fuzzed: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])]
let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "CryptoExtras", package: "swift-crypto"),
]
let package = Package(
    name: "lethe",
    dependencies: [.package(url: "https://github.com/apple/$version)],
    targets: [
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0"),
        .target(name: "Domain", dependencies: crypto, swiftSettings: fuzzed),
        .target(
            name: "Intake", dependencies: ["Domain", "CLibXML2"] + crypto,
            resources: [.embedInCode("Schemas")], swiftSettings: fuzzed),
        .target(name: "IntakeFuzzer", dependencies: ["Intake", "Domain"], swiftSettings: fuzzed),
    ],
    swiftLanguageModes: [.v6]
)
PACKAGE
objects="$(swift build -c release --show-bin-path)"
# Objects of files that are gone would be linked too.
for module in IntakeFuzzer Intake Domain; do rm -rf "$objects/$module.build"; done
swift build -c release --jobs "${LETHE_FUZZ_JOBS:-1}" --target IntakeFuzzer

# Linked by hand: an executable target would bring a main function of its own.
parts=()
for part in IntakeFuzzer Intake Domain Crypto CryptoExtras SwiftASN1; do
    parts+=("$objects/$part.build")
done
parts+=("$objects"/CCrypto*.build "$objects"/CXKCP*.build "$objects"/CryptoBoringWrapper.build)
# Some names hold a space.
find "${parts[@]}" -name '*.o' -printf '"%p"\n' > objects-intake
swiftc -sanitize=fuzzer,address @objects-intake -o fuzz-intake -lxml2 -lstdc++

# A seed per file; documents of signed messages also bare, behind the # that wraps them again.
python3 - "$requests" <<'PYTHON'
import base64, json, pathlib, sys
root = pathlib.Path(sys.argv[1])
def seeds(name, *patterns):
    folder = pathlib.Path(f"corpus-{name}")
    folder.mkdir(exist_ok=True)
    for pattern in patterns:
        for path in root.glob(pattern):
            if path.stat().st_size < 20_000: (folder / path.name).write_bytes(path.read_bytes())
    return folder
def url(text): return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
seeds("lethe-json", "own/*.json")
seeds("lethe-xml", "own/*.xml", "../xml/*.xml")
seeds("opendsr", "opendsr/*.json", "opendsr/*.http", "signed/opendsr-*")
seeds("shopify", "signed/shopify-*")
folder = seeds("drp", "signed/drp-*")
for path in root.glob("signed/drp-*.txt"): (folder / f"bare-{path.name}").write_bytes(b"#" + base64.b64decode(path.read_bytes())[64:])
folder = seeds("meta", "signed/meta-*")
for path in root.glob("signed/meta-*.txt"): (folder / f"bare-{path.name}").write_bytes(b"#" + url(path.read_bytes().strip().split(b".")[-1]))
folder = seeds("iab-ddrf", "signed/ddrf-*.jwt")
outer = json.loads(url((root / "signed/ddrf-es256.jwt").read_bytes().split(b".")[1]))
inner = url(outer["idJWT"].encode().split(b".")[1])
outer["idJWT"] = "ID"
(folder / "bare").write_bytes(b"#" + inner + b"\n---\n" + json.dumps(outer).encode())
ids = [f"0b1d6a52-6c1e-4b2f-9d0a-2f6f4f0c7a1{n}" for n in range(3)]
request = {"request-id": ids[0], "date": "2026-03-05T10:14:00+0100", "target": "PARTNERS",
           "data-subject": [{"dsid-schema": "email-sha-256", "dsid": "e" * 64}, {"dsid-schema": "uuid", "dsid": ids[0]}],
           "demands": [{"demand-id": ids[1], "action": "TRANSPARENCY.KNOWN"},
                       {"demand-id": ids[2], "action": "DELETE", "message": "m", "data": {}, "restrictions": [
                           {"data-categories": ["CONTACT"], "purposes": ["A"], "processing-categories": ["B"]},
                           {"from": "2022-06-11", "to": "2022-06-15"}, {"consent-ids": [ids[0]]}, {"capture-id": ids[0]},
                           {"provenance-category": "USER", "target": "SYSTEM"}, {"data-reference": ["https://x.example"]}]}]}
folder = seeds("priv")
(folder / "request").write_text(json.dumps(request))
PYTHON

# The keys are made once and kept; the leak checker does not see them behind Swift's enumerations.
echo 'leak:fuzzKeys' > suppressions
export LSAN_OPTIONS="suppressions=$PWD/suppressions"
status=0
for format in "${formats[@]}"; do
    mkdir -p "findings-$format"
    # The words of the format, from its seeds.
    grep -ohE '"[A-Za-z._-]{2,40}"' -r "corpus-$format" "$repository/Sources/Intake" |
        sort -u | head -600 > "words-$format" || true
    echo "== $format"
    LETHE_FUZZ_FORMAT="$format" LETHE_FUZZ_KEYS="$requests/signed/keys.json" \
        "./fuzz-intake" -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=2048 \
        -malloc_limit_mb=512 -timeout=20 -dict="words-$format" \
        -artifact_prefix="findings-$format/" -print_final_stats=1 "corpus-$format" || status=1
done
exit "$status"
