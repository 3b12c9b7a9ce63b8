"""Disturbs every step of the scenario at its operations, and holds the checks against what is left.

A point is named `step/kind/number[/seed]`, so that one can be done again by itself.
"""

import random
import subprocess
import time
from dataclasses import dataclass

from .checks import (
    Finding, check_acknowledged, check_certificate, check_chain, check_leftovers, check_models, check_sound, check_whole,
    difference)
from .desk import FIRST, SCENARIO, CommandFailed, is_signal
from .journal import PRINT, SYNC, WRITE, PowerLoss

#: fault -> what the shim counts for it
FAULTS = {
    "enospc": "operations", "enospc+": "operations", "eio": "operations", "eio+": "operations",
    "eintr": "operations", "short": "operations", "eacces": "openings", "eacces+": "openings",
    "emfile": "openings", "emfile+": "openings", "readeio": "reads",
}
#: faults that a correct program does not pass on
HARMLESS = {"eintr", "short"}
#: exit statuses of the command line's contract for files that cannot be made, read or written
CLEAR_STATUSES = {73, 74}


@dataclass
class Recorded:
    """A step done without disturbance."""
    step: object
    before: dict
    after: dict
    tree: dict
    status: int
    seconds: float
    records: list
    openings: int
    reads: int
    power: PowerLoss

    @property
    def operations(self):
        return [record for record in self.records if record.number]

    def promised(self, number):
        """What had been printed before operation `number`; 0: before the end."""
        text = b""
        for record in self.records:
            if number and record.number >= number:
                break
            if record.kind == PRINT:
                text += record.data
        return text.decode(errors="replace")


class Campaign:
    def __init__(self, desk, seed, say):
        self.desk, self.seed, self.say = desk, seed, say
        self.recorded = {}
        self.results = []
        self.unproven = []

    # Recording

    def record(self):
        """Gives the scenario without disturbance and keeps the beginning and the journal of each step."""
        for step in SCENARIO:
            self._record(step)

    def _record(self, step):
        desk = self.desk
        if step.after:
            desk.restore(f"after {step.after}")
        for argv in step.prepare:
            desk.expect(argv)
        desk.save(f"before {step.name}")
        before = desk.view()
        desk.restore(f"before {step.name}")
        disk = desk.disk()
        outcome = desk.run(step.argv, shim={})
        if outcome.status != 0:
            raise CommandFailed(outcome.brief())
        log = desk.journal()
        power = PowerLoss(disk, log.records)
        self._prove(step, power, log)
        desk.save(f"after {step.name}")
        view, tree = desk.view(), desk.tree()
        self.recorded[step.name] = Recorded(
            step, before, view, tree, outcome.status, outcome.seconds, log.records, log.openings, log.reads, power)
        self.say(f"{step.name}: {len(log.operations)} operations, {log.openings} openings, {log.reads} reads, "
                 f"{outcome.seconds:.2f} s")

    def _prove(self, step, power, log):
        """The journal alone gives the folder as it is: nothing that was written escaped the shim."""
        real, rebuilt = self.desk.disk().files(), power.after.files()
        wrong = sorted(p for p in real.keys() | rebuilt.keys() if real.get(p, 0) != rebuilt.get(p, 0))
        if wrong:
            raise CommandFailed(f"{step.name}: the journal does not explain {wrong[:5]}")

    # Points

    def points(self, size):
        """All points of a campaign. `size`: how many of what; see crash_report.py."""
        for name, recorded in self.recorded.items():
            rng = random.Random(f"{self.seed}/{name}")
            operations = recorded.operations
            numbers = [o.number for o in operations]
            naming = [o.number for o in operations if o.kind != WRITE]
            limit = size["crashes"]
            chosen = set(numbers)
            if limit is not None and len(numbers) > limit:
                always = naming if limit >= len(naming) else rng.sample(naming, limit * 2 // 3)
                rest = [n for n in numbers if n not in set(always)]
                chosen = set(always) | set(rng.sample(rest, min(len(rest), max(0, limit - len(always)))))
            for number in sorted(chosen):
                yield f"{name}/kill/{number}"
            halves = [o.number for o in operations if o.kind == WRITE and len(o.data) > 1]
            for number in sorted(rng.sample(halves, min(len(halves), size["halves"]))):
                yield f"{name}/half/{number}"
            yield from self._power_points(name, recorded, chosen, rng, size)
            for fault, counted in FAULTS.items():
                last = {"operations": len(operations), "openings": recorded.openings, "reads": recorded.reads}[counted]
                places = list(range(1, last + 1))
                if fault == "short":
                    places = halves
                first = []
                if fault == "eio" and size["syncs"]:
                    syncs = [o.number for o in operations if o.kind == SYNC]
                    first = rng.sample(syncs, min(len(syncs), size["syncs"]))
                drawn = set(first) | set(rng.sample(places, min(len(places), size["faults"])))
                for number in sorted(drawn):
                    yield f"{name}/{fault}/{number}"
        rng = random.Random(f"{self.seed}/random kills")
        shares = size["random"]
        for name, count in shares.items():
            for number in range(count):
                yield f"{name}/random/{number}/{rng.randrange(1 << 31)}"

    def _power_points(self, name, recorded, chosen, rng, size):
        seen = set()
        drawn = []
        for number in sorted(chosen) + [0]:
            for variant in PowerLoss.VARIANTS:
                seed = rng.randrange(1 << 31) if variant.startswith("torn") else 0
                _, key = recorded.power.disk(number, variant, seed)
                # The same disk is another point once more has been promised.
                key = (key, recorded.promised(number))
                if key not in seen:
                    seen.add(key)
                    drawn.append(f"{name}/power {variant}/{number}/{seed}")
        limit = size["power"]
        # The end of the command is always taken: what it said must be there.
        ends = [point for point in drawn if point.split("/")[2] == "0"]
        rest = [point for point in drawn if point.split("/")[2] != "0"]
        if limit is not None and len(rest) > limit:
            rest = rng.sample(rest, limit)
        yield from sorted(rest, key=lambda point: int(point.split("/")[2]))
        yield from ends

    # Doing one

    def do(self, point):
        name, kind, number, *rest = point.split("/")
        number, seed = int(number), int(rest[0]) if rest else 0
        recorded = self.recorded[name]
        result = {"point": point, "step": name, "kind": kind, "number": number}
        if seed:
            result["seed"] = seed
        if kind not in ("random",) and FAULTS.get(kind, "operations") == "operations" and number:
            result["operation"] = next(
                (o.describe(self.desk.world) for o in recorded.operations if o.number == number), "")
        started = time.monotonic()
        try:
            if kind in ("kill", "half"):
                self._kill(recorded, number, kind == "half", result)
            elif kind.startswith("power "):
                self._power(recorded, number, kind[6:], seed, result)
            elif kind == "random":
                self._random(recorded, seed, result)
            else:
                self._fault(recorded, kind, number, result)
            result["outcome"] = "held"
        except Finding as finding:
            result["outcome"] = finding.kind
            result["detail"] = finding.detail
        except CommandFailed as failure:
            result["outcome"] = "unreadable"
            result["detail"] = str(failure)
        if "detail" in result:
            result["detail"] = result["detail"].replace(str(self.desk.world) + "/", "")
        result["seconds"] = round(time.monotonic() - started, 2)
        self.results.append(result)
        return result

    def _kill(self, recorded, number, half, result):
        step = recorded.step
        self.desk.restore(f"before {step.name}")
        settings = {"KILL": number}
        if half:
            settings["HALF"] = 1
        outcome = self.desk.run(step.argv, shim=settings)
        if outcome.status == 0:
            result["note"] = "the command ended before this operation"
        elif outcome.status != -9:
            raise Finding("not killed", outcome.brief())
        self._settle(recorded, outcome.output, outcome.status == 0, result)

    def _random(self, recorded, seed, result):
        step = recorded.step
        self.desk.restore(f"before {step.name}")
        delay = random.Random(seed).uniform(0.0, recorded.seconds * 1.1)
        result["delaySeconds"] = round(delay, 4)
        outcome = self.desk.run(step.argv, kill_after=delay)
        if outcome.status not in (0, -9):
            raise Finding("not killed", outcome.brief())
        result["ended"] = outcome.status == 0
        self._settle(recorded, outcome.output, outcome.status == 0, result)

    def _power(self, recorded, number, variant, seed, result):
        disk, _ = recorded.power.disk(number, variant, seed)
        self.desk.restore_disk(disk)
        self._settle(recorded, recorded.promised(number), number == 0, result)

    def _fault(self, recorded, kind, number, result):
        step, desk = recorded.step, self.desk
        desk.restore(f"before {step.name}")
        disk = desk.disk() if kind.startswith("eio") else None
        stays = "+" if kind.endswith("+") else ""
        outcome = desk.run([*step.argv, "--json"], shim={"FAULT": f"{kind.rstrip('+')}:{number}{stays}"})
        result["status"] = outcome.status
        document = outcome.document or {}
        # Intake tells of each file by itself.
        failures = [item["failure"] for item in document.get("items", []) if item.get("failure")]
        error = document.get("error") or next(iter(failures), {})
        result["code"] = error.get("code", "")
        if is_signal(outcome.status) or outcome.status == "hung":
            raise Finding("crashed", outcome.brief())
        done = outcome.status == 0
        if not done:
            clear = outcome.status in CLEAR_STATUSES and error.get("code") and error.get("message")
            # SQLite itself calls a page that it cannot read a damaged database (SQLITE_IOERR_CORRUPTFS, SQLITE_CORRUPT).
            clear = clear or (kind == "readeio" and error.get("code") in ("database-damaged", "index-damaged"))
            # SQLite does not repeat a sync that a signal interrupted; it says so, and nothing is lost.
            by_sqlite = kind == "eintr" and "sqlite" in (error.get("details") or {})
            if kind in HARMLESS and not (by_sqlite and clear):
                result["unclear"] = f"a harmless fault became an error: {outcome.brief()}"
            elif not clear:
                result["unclear"] = outcome.brief()
        if done and disk is not None:
            # A sync that failed made nothing durable: the command may say it is done only if all is.
            desk.restore_disk(PowerLoss(disk, desk.journal().records).disk(0, "ordered")[0])
        self._settle(recorded, "", done, result)
        if "unclear" in result:
            raise Finding("unclear error", result.pop("unclear"))

    # After it

    def _settle(self, recorded, printed, done, result):
        """Looks at what is left, gives the command again and looks at its end."""
        desk, step, after = self.desk, recorded.step, recorded.after
        view = desk.view(whole=done or bool(printed.strip()))
        if view["workspace"]:
            check_chain(desk)
        check_whole(view, recorded.before, after)
        check_acknowledged(printed, view, after)
        if done and view != after:
            raise Finding("acknowledged and lost", difference(view, after))
        chance = random.Random(f"{self.seed}/{result['point']}")
        if view["workspace"] and chance.random() < 1 / 3:
            try:
                check_sound(desk)
            except Finding as finding:
                result["doctorBefore"] = finding.detail
        applied = all(view.get(key) == after.get(key) for key in ("workspace", "cases", "events"))
        applied = applied and not (step.unfinished and (desk.world / step.unfinished).exists())
        again = None
        if not applied or step.again:
            again = desk.run(step.argv)
            # What lacks only its note in the history is there, and gets the note when the workspace is opened again.
            allowed = step.again if applied else {0, *(step.again if step.name in ("corpus add", "train") else ())}
            if step.name == "intake" and view["workspace"] and view["cases"]:
                allowed = {*allowed, 65}
            if again.status not in allowed:
                raise Finding("not continued", again.brief())
        end = desk.view(whole=step.makes or chance.random() < 1 / 4)
        if any(end[key] != after[key] for key in end):
            raise Finding("other outcome", difference(end, after))
        check_sound(desk)
        if step.makes:
            check_certificate(desk, end)
        if chance.random() < 1 / 4:
            check_models(desk)
        extra = check_leftovers(desk, recorded.tree)
        if extra:
            result["leftovers"] = extra
        # A fault in the intake of one file may give the next one its number.
        if chance.random() < 1 / 8 and "status" not in result:
            self._finish(step, result)
        growing = sorted(name for name in extra if "UUID" in name)
        if growing:
            # A name by chance: the next crash leaves another.
            raise Finding("left behind", ", ".join(growing))

    def _finish(self, step, result):
        """One point in eight goes on to the certificate, which must be about the same weights."""
        rest = {"intake": 4, "scope": 3, "unlearn": 2, "verify": 1}.get(step.name)
        if rest is None:
            return
        for _ in range(rest):
            outcome = self.desk.run(["case", "advance", FIRST])
            if outcome.status != 0:
                raise Finding("not finished", outcome.brief())
        end, wanted = self.desk.view(), self.recorded["certify"].after
        if end != wanted:
            raise Finding("other end", difference(end, wanted))
        check_certificate(self.desk, end)
        check_sound(self.desk)
        result["finished"] = True
