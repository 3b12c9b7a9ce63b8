"""The report as people read it."""

from collections import Counter, defaultdict

from .journal import PowerLoss

TITLES = {
    "kill": "SIGKILL instead of the operation", "half": "SIGKILL in the middle of a write",
    "random": "SIGKILL at a random moment", "enospc": "no space, once", "enospc+": "no space from then on",
    "eio": "I/O error, once (write, sync, rename, truncate)", "eio+": "I/O error from then on",
    "eintr": "interrupted call", "short": "short write", "eacces": "permission lost for one opening",
    "eacces+": "permission lost from then on", "emfile": "too many files open, once",
    "emfile+": "too many files open from then on", "readeio": "I/O error of a read",
    **{f"power {name}": f"power lost: {text}" for name, text in PowerLoss.VARIANTS.items()},
}


def markdown(report):
    results = report["results"]
    bad = [r for r in results if r["outcome"] != "held"]
    lines = [
        "# Crash report", "",
        "Made by `make crash-report`; do not edit. The real command is given a scenario of the desk again and",
        "again, and each time it is ended, or a call of it fails, at another operation. Then the same command is",
        "given once more. What is checked is at the end.", "",
        f"**{len(results)} points, {len(bad)} did not hold.** {report['date']}, {report['lethe']}, seed"
        f" {report['seed']}, {report['size']}, {report['seconds'] // 60} min {report['seconds'] % 60} s,"
        f" {report['commands']} commands. {report['machine']}."
        + ("" if report["planned"] == len(results) else f" {report['planned']} points were planned; time was up.")
        + taken_over(report), "",
        "## The scenario", "",
        "| step | command | operations | of which | openings | reads | s |", "|---|---|--:|---|--:|--:|--:|",
    ]
    for name, step in report["steps"].items():
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(step["kinds"].items(), key=lambda i: -i[1]))
        lines.append(
            f"| {name} | `{step['command']}` | {step['operations']} | {kinds} | {step['openings']} | {step['reads']} "
            f"| {step['seconds']:.1f} |")
    lines += [
        "", "That nothing escapes the count is proved for each step: the folder, rebuilt from the recorded operations "
        "alone, is the real one byte for byte (without SQLite's `-shm`, which holds nothing that is kept).", "",
        "## Points and what did not hold", "",
    ]
    steps = list(report["steps"])
    table = defaultdict(Counter)
    failed = defaultdict(Counter)
    for r in results:
        table[r["kind"]][r["step"]] += 1
        failed[r["kind"]][r["step"]] += r["outcome"] != "held"
    lines += [f"| kind | {' | '.join(steps)} | all |", f"|---|{'--:|' * (len(steps) + 1)}"]
    for kind in [k for k in TITLES if k in table]:
        cells = [
            (f"{table[kind][s]}" + (f" (**{failed[kind][s]}**)" if failed[kind][s] else "")) if table[kind][s] else ""
            for s in steps]
        total = sum(failed[kind].values())
        lines.append(
            f"| {TITLES[kind]} | {' | '.join(cells)} | {sum(table[kind].values())}"
            + (f" (**{total}**)" if total else "") + " |")
    sums = [(sum(c[s] for c in table.values()), sum(c[s] for c in failed.values())) for s in steps]
    lines += [
        "| all | " + " | ".join(f"{n}" + (f" (**{f}**)" if f else "") for n, f in sums)
        + f" | {len(results)}" + (f" (**{len(bad)}**)" if bad else "") + " |", "",
        "In bold: how many did not hold.", "",
    ]
    lines += _faults(results) + _failures(bad) + _leftovers(results) + _doctor(results) + CHECKED
    return "\n".join(lines) + "\n"


def _faults(results):
    rows = Counter(
        (r["kind"], r["status"], r.get("code", "")) for r in results if "status" in r)
    if not rows:
        return []
    lines = ["## How the command ended under a fault", "", "| fault | exit status | code | times |", "|---|--:|---|--:|"]
    for (kind, status, code), count in sorted(rows.items(), key=lambda i: (i[0][0], str(i[0][1]), i[0][2])):
        lines.append(f"| {TITLES.get(kind, kind)} | {status} | {'`' + code + '`' if code else ''} | {count} |")
    return lines + ["", "Exit status 0: the fault struck something that is repeated or not needed.", ""]


def _failures(bad):
    if not bad:
        return []
    groups = defaultdict(list)
    for r in bad:
        groups[(r["outcome"], r["step"], r["kind"])].append(r)
    lines = ["## What did not hold", ""]
    for (outcome, step, kind), own in sorted(groups.items()):
        first = own[0]
        lines += [
            f"- **{outcome}**, {step}, {TITLES.get(kind, kind)}, {len(own)} times; first `{first['point']}`"
            + (f" ({first['operation']})" if first.get("operation") else "") + f": {first['detail'][:500]}"]
    return lines + [""]


def _leftovers(results):
    counts = Counter()
    for r in results:
        for name in r.get("leftovers", {}):
            counts[(r["step"], name)] += 1
    lines = ["## Files that stay behind", ""]
    if not counts:
        return lines + ["None: after the second command there is no file that an undisturbed one does not leave.", ""]
    lines += ["After the second command these files were there, which an undisturbed one does not leave:", ""]
    for (step, name), count in sorted(counts.items()):
        lines.append(f"- {step}: `{name}`, {count} times")
    return lines + [""]


def _doctor(results):
    counts = Counter((r["step"], r["doctorBefore"][:160]) for r in results if "doctorBefore" in r)
    if not counts:
        return []
    lines = ["## What the doctor said before the command was given again", ""]
    for (step, text), count in sorted(counts.items()):
        lines.append(f"- {step}, {count} times: {text}")
    return lines + [""]


CHECKED = [
    "## What is checked at every point", "",
    "1. Before anything is repaired: every case is in a state that the undisturbed command passes through, with",
    "   the same events; the history's chain verifies; what was printed is there; after exit status 0 all is there.",
    "2. The same command again ends well, or says that it was done before.",
    "3. Then cases, histories, models (digests of weights), corpora and certificates are as after the undisturbed",
    "   command; `lethe doctor` finds everything sound; a certificate verifies without the workspace and names the",
    "   current model; no file is missing, and none with a name by chance is left behind: those add up.",
    "4. One point in eight of the steps before the certificate goes on to it: the same weights, all sound.",
    "5. A fault ends the command with exit status 73 or 74 and a code, or does it no harm; never with a signal.",
    "   An interrupted call does no harm, unless it is one of SQLite's own, which does not repeat them.", "",
    "Power is lost to a model of a disk: a file's bytes are durable once it was synced, a name once its folder was;",
    "the rest is lost as the table says. A sync that failed makes nothing durable.", "",
    "One point again: `Tests/Durability/crash_report.py --lethe BINARY --only 'certify/kill/17'`.",
]


def taken_over(report):
    """Says how much was not done with this build."""
    if "earlier" not in report:
        return ""
    earlier = report["earlier"]
    return (
        f" {earlier['points']} of the points were done with an earlier build ({earlier['date']}, "
        f"{earlier['seconds'] // 60} min), the others again after it.")
