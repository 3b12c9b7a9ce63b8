#!/usr/bin/env bash
# From request files to signed certificates on the samples. Every command is printed before it runs,
# every number shown is computed in this run, and every expectation is checked: the script ends with
# exit code 0 only if all of them hold.
#
#   LETHE_DEMO_SHORT=1   leaves out the approximate method and the control without unlearning
#   LETHE_BIN=FILE       uses this command instead of the one in .build
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly short="${LETHE_DEMO_SHORT:-}"
readonly bundles=demo-workspace/handed-over  # what the people who asked are given
export LETHE_WORKSPACE=demo-workspace

source Samples/demo-functions.sh

# --- reading results ---

expect_state() {
    local found
    found="$(state "$1")" || fail "the state of case $1 cannot be read"
    [[ "$found" == "$2" ]] || fail "case $1 is '$found', expected '$2'"
}

# method_of CASE: the method of its last run.
method_of() {
    lethe case show "$1" --json | tr -d '\n' |
        grep -o '"method" *: *"[a-z-]*"' | awk -F '"' 'END { print $4 }'
}

# case_of FILE: the case that was opened for this file, from what `lethe intake` printed.
case_of() {
    local found
    found="$(grep -F "$1" "$intake_log" | grep -oE 'C-[0-9]{4}-[0-9]{4,}' |
        awk 'NR == 1')" ||
        fail "intake opened no case for $1"
    printf '%s\n' "$found"
}

# question PERSON and answer PERSON: about the national number, from the shard trained on.
readonly questions=Samples/corpus/people-2.jsonl
question() {
    sed -n "s/^{\"id\": \"$1-q2\", \"question\": \"\([^\"]*\)\".*/\1/p" "$questions"
}
answer() { sed -n "s/^{\"id\": \"$1-q2\".*\"answer\": \"\([^\"]*\)\".*/\1/p" "$questions"; }

# ask PERSON known|unknown: asks the model and checks whether the true number is in what it says.
ask() {
    local text truth
    text="$(question "$1")" truth="$(answer "$1")"
    [[ -n "$text" && -n "$truth" ]] || fail "the corpus has no question about $1"
    announce lethe generate assistant --prompt "$text"
    local said
    said="$(lethe generate assistant --prompt "$text")"
    printf '%s\n' "$said"
    case "$2" in
        known) [[ "$said" == *"$truth"* ]] || fail "the model should know $1, and does not" ;;
        unknown) [[ "$said" != *"$truth"* ]] || fail "the model still says the number of $1" ;;
    esac
}

# --- the demo ---

rm -rf demo-workspace

title "A workspace: database, signing key, policy"
show lethe init --policy Policies/default.yaml

title "The corpus: 60 invented people and some general knowledge; people never trained on; twins"
show lethe corpus add people Samples/corpus/people-1.jsonl Samples/corpus/people-2.jsonl \
    Samples/corpus/people-3.jsonl Samples/corpus/general.jsonl
show lethe corpus add tokenizer-text Samples/corpus/tokenizer.jsonl --role general
show lethe corpus add never-trained Samples/corpus/controls.jsonl --role controls --for people
show lethe corpus add twins Samples/corpus/twins.jsonl --role twins --for people
show lethe corpus list

title "A language model that has learned all of it"
show lethe train assistant --corpus people --recipe Samples/recipe.yaml

title "Before: it gives away what it was trained on"
for person in person-002 person-003 person-004 person-010 person-030; do
    ask "$person" known
done

title "Requests arrive in three formats; one of the five files is broken and is refused"
intake_log="$(mktemp)"
trap 'rm -f "$intake_log"' EXIT
announce lethe intake Samples/requests
code=0
lethe intake Samples/requests > "$intake_log" 2>&1 || code=$?
cat "$intake_log"
[[ "$code" == 65 ]] || fail "intake ended with exit code $code; 65 (bad input) was expected"
printf '(exit code 65: one file was refused, the others were taken in)\n'
grep -q 'request-05-malformed.json' "$intake_log" || fail "intake did not name the broken file"
first="$(case_of request-01.json)"
second="$(case_of request-02.xml)"
third="$(case_of request-03-opendsr.json)"
ambiguous="$(case_of request-04-ambiguous.json)"
show lethe case list

# One correct deletion in twenty fails a check by chance (the policy's alpha). For an approximate
# method the policy's next one then runs by itself; after an exact retraining the case waits for an
# operator, who has to look into it. Neither is an error of the demo, and no threshold is moved.
retrain_the_rest() {
    local code=0
    announce lethe run --method retrain
    lethe run --method retrain || code=$?
    [[ "$code" == 0 || "$code" == 2 ]] || fail "exit code $code from: lethe run --method retrain"
}

if [[ -z "$short" ]]; then
    title "The first person: by the policy's ladder, which starts with npo (approximate)"
    show lethe run --case "$first"
    expect_state "$first" certified
    used="$(method_of "$first")"
    if [[ "$used" == npo ]]; then
        printf '\nnpo passed the gate at once.\n'
    else
        printf '\nnpo did not pass the gate on this machine; the policy went on to %s, which did.\n' \
            "$used"
    fi
    title "The other people: by retraining without their records (exact)"
else
    title "Everybody: by retraining without their records (exact)"
fi
retrain_the_rest
certified=()
for id in "$first" "$second" "$third"; do
    if [[ "$(state "$id")" == certified ]]; then
        certified+=("$id")
    else
        printf '\n%s failed a check after an exact retraining and waits for an operator:\n' "$id"
        show lethe case explain "$id"
    fi
done
[[ "${#certified[@]}" -ge 2 ]] || fail "only ${#certified[@]} cases are certified"
retrained=0
for id in "${certified[@]}"; do
    if [[ "$(method_of "$id")" == retrain ]]; then retrained=$((retrained + 1)); fi
done
[[ "$retrained" -ge 1 ]] || fail "no case is certified by retrain"

title "A first name that two people share: waits for the operator"
expect_state "$ambiguous" awaiting-clarification
show lethe case explain "$ambiguous"

title "After: it no longer knows them, and still knows the others"
people=([1]=person-002 person-003 person-004)
number=0
for id in "$first" "$second" "$third"; do
    number=$((number + 1))
    # A case that still waits has not changed the model that answers.
    if [[ "$(state "$id")" == certified ]]; then ask "${people[$number]}" unknown; fi
done
for person in person-010 person-030; do
    ask "$person" known
done

title "The certificates"
show lethe certificate list
show lethe certificate show "${certified[0]}"
for id in "${certified[@]}"; do
    show lethe certificate export "$id" "$bundles/$id"
    show lethe certificate verify "$bundles/$id" \
        --key "$bundles/$id/lethe-public-key.pem"
done

title "Anybody can check one with openssl alone"
show sh "$bundles/${certified[0]}/verify.sh"

title "One byte changed: openssl and lethe both refuse it"
tampered="$bundles/tampered"
cp -R "$bundles/${certified[0]}" "$tampered"
file="$tampered/certificate.dsse.json"
# The 200th character of the payload becomes another character of the same alphabet.
awk '/"payload":/ && !done {
    at = index($0, ": \"") + 202; old = substr($0, at, 1); new = (old == "A") ? "B" : "A"
    $0 = substr($0, 1, at - 1) new substr($0, at + 1); done = 1
} { print }' "$bundles/${certified[0]}/certificate.dsse.json" > "$file"
[[ "$(cmp -l "$bundles/${certified[0]}/certificate.dsse.json" "$file" | wc -l)" -eq 1 ]] ||
    fail "the tampered copy should differ in one byte"
expect 1 sh "$tampered/verify.sh"
expect 5 lethe certificate verify "$file" --key "$tampered/lethe-public-key.pem"

if [[ -z "$short" ]]; then
    title "The control: nothing is unlearned, so verification fails and nothing can be certified"
    announce lethe intake Samples/control/request-06.json
    lethe intake Samples/control/request-06.json > "$intake_log"
    cat "$intake_log"
    control="$(case_of request-06.json)"
    expect 2 lethe run --case "$control" --method none
    expect_state "$control" failed-verification
    expect 4 lethe certificate show "$control"
    show lethe case explain "$control"
fi

title "Where everything stands"
show lethe case list
printf '\nDone in %d seconds. The certificates are in %s; open certificate.html in a browser.\n' \
    "$SECONDS" "$bundles"
