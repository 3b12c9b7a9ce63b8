"""The desk whose commands are disturbed: a small world of invented people, and its steps."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from .journal import Disk, Journal

PERSONS = [f"person-{number:03d}" for number in range(1, 7)]
TIMEOUT_SECONDS = 120

#: Six people, and a model of 22 000 weights that learns them by heart in a second.
RECIPE = """\
lethe-recipe: 1
family: llama
model:
  hidden-size: 32
  intermediate-size: 64
  layers: 1
  heads: 2
  key-value-heads: 2
  maximum-positions: 256
  tie-embeddings: true
tokenizer:
  vocabulary-size: 384
  split-digits: true
  corpus: tokenizer-text
epochs: 25
batch-size: 4
learning-rate: 0.01
adam-beta1: 0.9
adam-beta2: 0.95
weight-decay: 0
clip-norm: 1
warmup-share: 0.05
final-learning-rate-share: 0.05
schedule: cosine
loss: all-tokens
seed: 1
checkpoint-every-steps: 40
"""

#: A gate that such a model can pass: what is tested here is the store, not the model.
POLICY = """\
lethe-policy: 1
name: crash-report
regime: gdpr-eu
exact-budget:
  maximum-share: 1
methods:
  - method: retrain
gate:
  alpha: 0.05
  values-share: 0.4
  twin-count: 79
  ceiling-person-count: 40
  ceiling-margin: 0.05
  retained-control-count: 4
  retained-control-share: 0.5
  never-trained-control-count: 8
  never-trained-control-share: 0.25
  maintain-token-match: 0.01
  maintain-whole-record: 0.01
  maintain-loss-rise: 20
  maintain-perplexity-ratio: 100
  fluency-margin: 20
  min-k-share: 0.2
  relearning-step-count: 3
  relearning-rate: 0.001
"""

FIRST, SECOND = "C-2026-0001", "C-2026-0002"
#: stands for a case where an entry of the history is about none
WORKSPACE = "-"


@dataclass
class Step:
    """One command of the scenario."""
    name: str
    argv: list
    #: exit statuses of the same command given again when it had been done already; empty: it is not given
    again: tuple = (0,)
    #: given before the step's snapshot is taken, without being disturbed
    prepare: list = field(default_factory=list)
    #: a corpus, model or certificate: they are looked at after every point, else after one in four
    makes: bool = False
    #: name of the step whose end it begins from; None: a world without a workspace
    after: str = None
    #: file that tells that a step which is in the history has to be brought to its end
    unfinished: str = None


SCENARIO = [
    Step("init", ["init", "--policy", "policy.yaml"], again=(3,)),
    Step("corpus add", ["corpus", "add", "people", "people-1.jsonl", "people-2.jsonl", "people-3.jsonl",
                        "general.jsonl"], again=(3,), makes=True, after="init"),
    Step("train", ["train", "assistant", "--corpus", "people", "--recipe", "recipe.yaml"], again=(0, 3),
         prepare=[
             ["corpus", "add", "tokenizer-text", "tokenizer.jsonl", "--role", "general"],
             ["corpus", "add", "never-trained", "controls.jsonl", "--role", "controls", "--for", "people"],
             ["corpus", "add", "twins", "twins.jsonl", "--role", "twins", "--for", "people"],
         ], makes=True, after="corpus add"),
    Step("intake", ["intake", "first.xml", "second.json"], again=(65,), after="train"),
    Step("scope", ["case", "advance", FIRST], again=(), after="intake"),
    Step("unlearn", ["case", "advance", FIRST], again=(), makes=True, after="scope"),
    Step("verify", ["case", "advance", FIRST], again=(), after="unlearn"),
    Step("certify", ["case", "advance", FIRST], again=(), makes=True, after="verify"),
    Step("erase", ["case", "erase", FIRST, "--yes"], again=(0,), makes=True, after="certify"),
    Step("rotate keys", ["keys", "rotate"], again=(), makes=True, after="certify",
         unfinished="workspace/keys/next-signing-key.pem"),
    Step("revoke", ["certificate", "revoke", FIRST, "--reason", "error", "--because", "a backup was left out"],
         again=(0,), makes=True, after="certify"),
    Step("hold", ["case", "hold", SECOND, "--reason", "litigation, Art. 17(3)(e)"], again=(3,), after="intake"),
    Step("refuse", ["case", "refuse", SECOND, "--reason", "legal obligation, Art. 17(3)(b)"], again=(3,),
         after="intake"),
    Step("run", ["run", "--case", FIRST], again=(0,), makes=True, after="intake"),
]


@dataclass
class Outcome:
    argv: list
    status: int
    output: str
    errors: str
    seconds: float

    @property
    def document(self):
        try:
            return json.loads(self.output)
        except ValueError:
            return None

    def brief(self):
        text = (self.output + self.errors).strip().replace("\n", " / ")
        text = text if len(text) <= 800 else f"{text[:200]} ... {text[-600:]}"
        return f"lethe {' '.join(self.argv)}: exit {self.status}: {text}"


class CommandFailed(Exception):
    """A command of the undisturbed scenario did not end well."""


class Desk:
    """A world at one place: shards name absolute paths, so snapshots come back to where they were."""

    def __init__(self, folder, lethe, shim, repository):
        self.folder = Path(folder)
        self.world = self.folder / "world"
        self.snapshots = self.folder / "snapshots"
        self.lethe, self.shim = str(lethe), str(shim)
        self.log = self.folder / "operations.log"
        self.commands = 0
        shutil.rmtree(self.folder, ignore_errors=True)
        self.world.mkdir(parents=True)
        self.snapshots.mkdir()
        self._fill(Path(repository))

    def _fill(self, repository):
        corpus = repository / "Samples/corpus"
        requests = repository / "Tests/Fixtures/end-to-end"
        for name in ("people-1", "people-2", "people-3"):
            lines = (corpus / f"{name}.jsonl").read_text().splitlines(keepends=True)
            own = [line for line in lines if any(f'"subjects": ["{person}"]' in line for person in PERSONS)]
            (self.world / f"{name}.jsonl").write_text("".join(own))

        def head(name, target, count):
            lines = (corpus / f"{name}.jsonl").read_text().splitlines(keepends=True)
            (self.world / target).write_text("".join(lines[:count]))
        head("general", "general.jsonl", 6)
        head("tokenizer", "tokenizer.jsonl", 150)
        head("controls", "controls.jsonl", 96)
        head("twins", "twins.jsonl", None)
        shutil.copy(requests / "katlin.xml", self.world / "first.xml")
        shutil.copy(requests / "margarita.json", self.world / "second.json")
        (self.world / "recipe.yaml").write_text(RECIPE)
        (self.world / "policy.yaml").write_text(POLICY)

    # Snapshots

    def save(self, name):
        target = self.snapshots / name
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.world), str(target)], check=True)

    def restore(self, name):
        self._clear()
        subprocess.run(["cp", "-a", str(self.snapshots / name), str(self.world)], check=True)

    def restore_disk(self, disk):
        self._clear()
        disk.write(str(self.world))

    def _clear(self):
        # A test of lost permissions may have left folders that cannot be entered.
        shutil.rmtree(self.world, ignore_errors=True)
        if self.world.exists():
            subprocess.run(["chmod", "-R", "u+rwX", str(self.world)], check=True)
            shutil.rmtree(self.world)

    # Commands

    def run(self, argv, shim=None, kill_after=None):
        """Gives a command. `shim`: settings for the shim; `kill_after`: seconds until SIGKILL."""
        environment = dict(os.environ, LETHE_WORKSPACE=str(self.world / "workspace"), NO_COLOR="1")
        environment.pop("LD_PRELOAD", None)
        if shim is not None:
            self.log.unlink(missing_ok=True)
            environment.update(
                LD_PRELOAD=self.shim, LETHE_SHIM_ROOTS=str(self.world), LETHE_SHIM_LOG=str(self.log),
                **{f"LETHE_SHIM_{key}": str(value) for key, value in shim.items()})
        output, errors = self.folder / "out", self.folder / "err"
        started = time.monotonic()
        self.commands += 1
        with open(output, "wb") as out, open(errors, "wb") as err:
            process = subprocess.Popen(
                [self.lethe, *argv], cwd=self.world, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                stderr=err)
            try:
                status = process.wait(TIMEOUT_SECONDS if kill_after is None else kill_after)
            except subprocess.TimeoutExpired:
                process.kill()
                status = process.wait()
                if kill_after is None:
                    status = "hung"
        return Outcome(
            argv, status, output.read_text(errors="replace"), errors.read_text(errors="replace"),
            time.monotonic() - started)

    def journal(self):
        return Journal(self.log)

    def disk(self):
        return Disk(self.world)

    def expect(self, argv, statuses=(0,)):
        outcome = self.run(argv)
        if outcome.status not in statuses:
            raise CommandFailed(outcome.brief())
        return outcome

    # What the workspace says

    def view(self, whole=True):
        """What the commands tell about the workspace that must not depend on crashes.

        `whole`: models, corpora and certificates too, not only cases and history.
        """
        if not (self.world / "workspace" / "lethe.json").exists():
            return {"workspace": False}

        def items(*argv):
            return (self.expect([*argv, "--json"]).document or {}).get("items", [])
        events = {}
        for entry in items("history", "export"):
            own = events.setdefault(entry.get("caseID") or WORKSPACE, [])
            event = (entry["event"], entry.get("to"))
            # That the lease of a killed process was taken over is told by some points and not by others, as deadlines that pass are.
            if event[0] in ("lease-taken-over", "timer-fired"):
                continue
            # A run that begins again is noted again.
            if event != ("unlearning-started", None) or own[-1:] != [event]:
                own.append(event)
        view = {
            "workspace": True, "events": events,
            "cases": {item["id"]: item["state"] for item in items("case", "list")},
        }
        if whole:
            view |= {
                "models": sorted(
                    (i["name"], i["version"], i["digest"], i["isCurrent"]) for i in items("model", "list")),
                "corpora": sorted(
                    (i["name"], i["recordCount"], i["deletedRecordCount"], tuple(s["digest"] for s in i["shards"]))
                    for i in items("corpus", "list")),
                "certificates": sorted(i["case"] for i in items("certificate", "list")),
            }
        return view

    def tree(self):
        """Names of all files and folders, with what is by chance in them replaced."""
        found = {}
        for folder, folders, files in os.walk(self.world):
            for name in folders + files:
                path = os.path.relpath(os.path.join(folder, name), self.world)
                if path.endswith(("-wal", "-shm", "sqlite-journal")):
                    continue
                plain = plain_name(path)
                found[plain] = found.get(plain, 0) + 1
        return found


def plain_name(path):
    path = re.sub(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", "UUID", path)
    path = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", path)
    path = re.sub(r"\b([RU])-[0-9a-f]{12}\b", r"\1-RUN", path)
    return re.sub(r"[0-9a-f]{12}-r(\d+)-[0-9a-f]{8}", r"SHARD-r\1", path)


def is_signal(status):
    return isinstance(status, int) and status < 0 and -status != signal.SIGKILL
