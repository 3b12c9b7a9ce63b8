# What the demonstrations share: finding the command, showing what is run, checking what comes of it.
# Sourced by them from the root of the repository; sets LETHE_BIN where it is not set.

if [[ -z "${LETHE_BIN:-}" ]]; then
    LETHE_BIN="$(swift build -c release --show-bin-path)/lethe"
fi
if [[ ! -x "$LETHE_BIN" ]]; then
    echo "error: $LETHE_BIN is not there; run 'make build' first" >&2
    exit 1
fi
lethe() { "$LETHE_BIN" "$@"; }

# --- showing and checking ---

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
    bold=$'\e[1m' plain=$'\e[0m'
else
    bold='' plain=''
fi

title() { printf '\n%s-- %s%s\n' "$bold" "$*" "$plain"; }

fail() {
    printf '\nThe demo failed: %s\n' "$*" >&2
    exit 1
}

# Prints a command as one would type it.
announce() {
    local word line=''
    for word in "$@"; do
        case "$word" in
            *[!A-Za-z0-9_./:=,@%+-]* | '') line+=" \"$word\"" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '\n%s$%s%s\n' "$bold" "$line" "$plain"
}

# expect CODE COMMAND...: prints it, runs it, checks its exit code.
expect() {
    local wanted="$1" code=0
    shift
    announce "$@"
    "$@" || code=$?
    [[ "$code" == "$wanted" ]] || fail "exit code $code instead of $wanted from: $*"
    [[ "$wanted" == 0 ]] || printf '(exit code %s, as it should be)\n' "$code"
}

show() { expect 0 "$@"; }

# state CASE: the state a case is in.
state() {
    lethe case show "$1" --json | tr -d '\n' |
        grep -o '"state" *: *"[a-z-]*"' | awk -F '"' 'NR == 1 { print $4 }'
}
