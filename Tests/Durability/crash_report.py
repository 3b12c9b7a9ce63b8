#!/usr/bin/env python3
"""Crashes, loses power and breaks the real `lethe` at every operation, and reports what held.

    Tests/Durability/crash_report.py --lethe .build/release/lethe --output Documentation/CrashReport.md
    Tests/Durability/crash_report.py --lethe .build/release/lethe --quick
    Tests/Durability/crash_report.py --lethe .build/release/lethe --only 'certify/kill/17'

`--quick` takes a few minutes, all of it about an hour of one core. Needs a C compiler and nothing else. The
exit status is 1 if a point did not hold.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from durability.campaign import Campaign  # noqa: E402
from durability.desk import Desk  # noqa: E402
from durability.journal import NAMES, PRINT  # noqa: E402
from durability.report import markdown  # noqa: E402

#: How much of what. None: all.
SIZES = {
    "quick": {
        "crashes": 6, "halves": 1, "power": 4, "faults": 1, "syncs": 1,
        "random": {"intake": 10, "unlearn": 4, "certify": 4, "run": 4},
    },
    "full": {
        "crashes": None, "halves": 6, "power": 60, "faults": 4, "syncs": 10,
        "random": {"intake": 200, "scope": 60, "unlearn": 80, "verify": 40, "certify": 60, "run": 60},
    },
}
HERE = Path(__file__).resolve().parent


def build_shim(folder, compiler):
    target = folder / "crashshim.so"
    subprocess.run(
        [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(target),
         str(HERE / "crashshim.c"), "-ldl", "-lpthread"], check=True)
    return target


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lethe", required=True, help="the command to test")
    parser.add_argument("--repository", default=str(HERE.parent.parent), help="where Samples and Tests are")
    parser.add_argument("--work", help="folder for worlds (default: below /dev/shm, else the temporary folder)")
    parser.add_argument("--quick", action="store_true", help="a sample of a few minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="worlds disturbed side by side")
    parser.add_argument("--minutes", type=float, help="do a sample of the points for so long")
    parser.add_argument("--only", action="append", help="only points that begin like this; may be repeated")
    parser.add_argument("--operations", metavar="STEP", help="only name the operations of a step")
    parser.add_argument("--list", action="store_true", help="only name the points")
    parser.add_argument("--output", help="Markdown report")
    parser.add_argument("--json", help="all points as JSON")
    parser.add_argument(
        "--earlier", metavar="JSON", help="an earlier run's: what is not done now is taken over from it, and the "
        "report says how much")
    parser.add_argument("--compiler", default=os.environ.get("CC", "cc"))
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def work(options, folder, worker):
    """One world: records the scenario, then does every `jobs`-th point."""
    started = time.monotonic()

    def say(text):
        print(f"[{worker}] {time.monotonic() - started:6.0f} s  {text}", file=sys.stderr, flush=True)
    desk = Desk(
        folder / f"desk-{worker}", Path(options.lethe).resolve(), folder / "crashshim.so", options.repository)
    campaign = Campaign(desk, options.seed, say)
    campaign.record()
    if options.operations:
        for record in campaign.recorded[options.operations].records:
            if record.number or record.kind == PRINT:
                print(record.describe(desk.world))
        return None
    size = SIZES["quick" if options.quick else "full"]
    points = list(dict.fromkeys(campaign.points(size)))
    if options.only:
        known = [p for p in points if any(p.startswith(o) for o in options.only)]
        points = known or options.only
    if options.list:
        print("\n".join(points))
        return None
    if options.minutes:
        # What is done when time runs out is a fair sample.
        random.Random(options.seed).shuffle(points)
    own = points[worker::options.jobs]
    bad = 0
    for index, point in enumerate(own):
        if options.minutes and time.monotonic() - started > options.minutes * 60:
            say(f"time is up after {index} of {len(own)} points")
            break
        result = campaign.do(point)
        if result["outcome"] != "held":
            bad += 1
            say(f"{point}: {result['outcome']}: {result['detail'][:300]}")
        if index % 100 == 99:
            say(f"{index + 1} of {len(own)} points, {bad} did not hold")
    steps = {
        name: {
            "operations": len(r.operations), "openings": r.openings, "reads": r.reads,
            "seconds": round(r.seconds, 3), "command": "lethe " + " ".join(r.step.argv),
            "kinds": kinds(r.operations),
        } for name, r in campaign.recorded.items()
    }
    return {"steps": steps, "results": campaign.results, "commands": desk.commands, "planned": len(own)}


def kinds(operations):
    counts = {}
    for operation in operations:
        counts[NAMES[operation.kind]] = counts.get(NAMES[operation.kind], 0) + 1
    return counts


def main():
    options = arguments()
    if options.worker is None:
        os.nice(10)
    base = Path(options.work) if options.work else Path(
        "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp") / f"lethe-crash-report-{os.getpid()}"
    base.mkdir(parents=True, exist_ok=True)
    base = base.resolve()
    if options.worker is not None:
        part = work(options, base, options.worker)
        (base / f"part-{options.worker}.json").write_text(json.dumps(part))
        return 0
    build_shim(base, options.compiler)
    helpers = []
    started, begun = time.monotonic(), time.strftime("%Y-%m-%d", time.gmtime())
    try:
        helpers = [
            subprocess.Popen([sys.executable, *sys.argv, "--work", str(base), "--worker", str(number)])
            for number in range(1, options.jobs)
        ]
        parts = [work(options, base, 0)]
        if options.list or options.operations:
            return 0
        for number, helper in enumerate(helpers, 1):
            if helper.wait():
                raise SystemExit(f"world {number} ended with an error")
            parts.append(json.loads((base / f"part-{number}.json").read_text()))
    finally:
        for helper in helpers:
            if helper.poll() is None:
                helper.terminate()
                helper.wait()
        if not options.work:
            shutil.rmtree(base, ignore_errors=True)
    report = {
        "schema": "lethe.crash-report.v1", "date": begun, "seed": options.seed,
        "size": "quick" if options.quick else "full", "seconds": round(time.monotonic() - started),
        "machine": machine(), "lethe": version(options.lethe), "steps": parts[0]["steps"],
        "commands": sum(part["commands"] for part in parts),
        "planned": sum(part["planned"] for part in parts),
        "results": sorted((r for part in parts for r in part["results"]), key=lambda r: r["point"]),
    }
    if options.earlier:
        earlier = json.loads(Path(options.earlier).read_text())
        known = {r["point"] for r in report["results"]}
        # A step whose points were named has other operations by now, perhaps.
        taken = [
            r for r in earlier["results"]
            if r["point"] not in known and not any(r["point"].startswith(o) for o in options.only or ())]
        report["earlier"] = {"date": earlier["date"], "points": len(taken), "seconds": earlier["seconds"]}
        report["planned"] += len(taken)
        report["commands"] += earlier["commands"]
        report["results"] = sorted(report["results"] + taken, key=lambda r: r["point"])
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")
    text = markdown(report)
    if options.output:
        Path(options.output).write_text(text)
    else:
        print(text)
    return 1 if any(r["outcome"] != "held" for r in report["results"]) else 0


def machine():
    model = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), "unknown")
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release.split('-')[0]}"


def version(lethe):
    return subprocess.run([lethe, "--version"], capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
