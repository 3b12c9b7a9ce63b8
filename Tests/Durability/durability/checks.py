"""What must hold after a crash, and after the same command was given again."""

import re

from .desk import FIRST, WORKSPACE


class Finding(Exception):
    """A promise that was not kept."""

    def __init__(self, kind, detail):
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail = kind, detail


def check_whole(view, before, after):
    """Each case is in a state that the undisturbed command passes through, and so are corpora and models."""
    if not view["workspace"]:
        if before["workspace"]:
            raise Finding("workspace lost", "lethe.json is gone")
        return
    old = before.get("events", {})
    for case, state in view["cases"].items():
        path = after["events"].get(case)
        events = view["events"].get(case, [])
        if path is None:
            raise Finding("unknown case", f"{case} is there, which the undisturbed command does not make")
        if events != path[:len(events)] or len(events) < len(old.get(case, [])):
            raise Finding("history", f"{case} has the events {events}; undisturbed {path}")
        reached = [to for _, to in events if to]
        if reached[-1:] != [state]:
            raise Finding("state", f"{case} is {state}, its history leads to {reached[-1:]}")
    for case in before.get("cases", {}):
        if case not in view["cases"]:
            raise Finding("case lost", f"{case} is gone")
    notes = view["events"].get(WORKSPACE, [])
    if notes != after["events"].get(WORKSPACE, [])[:len(notes)] or len(notes) < len(old.get(WORKSPACE, [])):
        raise Finding("history", f"the workspace has the events {notes}; undisturbed {after['events'].get(WORKSPACE)}")


def check_acknowledged(printed, view, after):
    """What was printed before the crash is there after it."""
    if not printed.strip():
        return
    cases, events = view.get("cases", {}), view.get("events", {})
    for case in re.findall(r"^accepted .*: (C-\d{4}-\d{4})$", printed, re.M):
        if case not in cases:
            raise Finding("acknowledged and lost", f"{case} was printed as accepted")
    for case, state in re.findall(r"^(C-\d{4}-\d{4})\s+\S+ -> (\S+)", printed, re.M):
        if state not in [to for _, to in events.get(case, [])]:
            raise Finding("acknowledged and lost", f"{case} was printed as {state}, its events: {events.get(case)}")
    for case in re.findall(r"^\d+ records of (C-\S+) are erased", printed, re.M):
        if ("records-erased", None) not in events.get(case, []):
            raise Finding("acknowledged and lost", f"the erasure of {case} was printed")
    for name in re.findall(r"^(\S+): \d+ records about", printed, re.M):
        if name not in [corpus[0] for corpus in view.get("corpora", [])]:
            raise Finding("acknowledged and lost", f"corpus {name} was printed as added")
    for name in re.findall(r"^(\S+) version \d+: ", printed, re.M):
        if name not in [model[0] for model in view.get("models", [])]:
            raise Finding("acknowledged and lost", f"model {name} was printed as trained")
    if re.search(r"^Workspace ", printed, re.M) and not view["workspace"]:
        raise Finding("acknowledged and lost", "the workspace was printed as made")


def difference(view, wanted):
    keys = [key for key in wanted if key in view and view[key] != wanted[key]] or ["workspace"]
    return "; ".join(f"{key} {view.get(key)} instead of {wanted[key]}" for key in keys)[:900]


def check_sound(desk):
    outcome = desk.run(["doctor", "--json"])
    document = outcome.document or {}
    bad = [item for item in document.get("items", []) if not item["isSound"]]
    if outcome.status != 0 or bad:
        raise Finding("doctor", "; ".join(f"{i['check']}: {i['detail']}" for i in bad) or outcome.brief())


def check_chain(desk):
    outcome = desk.run(["history", "verify"])
    if outcome.status != 0:
        raise Finding("chain", outcome.brief())


def check_models(desk):
    outcome = desk.run(["model", "verify"])
    if outcome.status != 0:
        raise Finding("model", outcome.brief())


def check_certificate(desk, view):
    """The certificate verifies without the workspace, and the model is the one it names."""
    if FIRST not in view["certificates"]:
        return
    workspace = desk.world / "workspace"
    verdict = desk.run([
        "certificate", "verify", str(workspace / "certificates" / FIRST / "certificate.dsse.json"), "--key",
        str(workspace / "keys/key-history.json"), "--json"])
    if verdict.status != 0 or not (verdict.document or {}).get("isValid"):
        raise Finding("certificate", verdict.brief())
    shown = desk.run(["certificate", "show", FIRST, "--json"])
    named = (((shown.document or {}).get("certificate") or {}).get("model") or {}).get("after")
    current = [digest for _, _, digest, is_current in view["models"] if is_current]
    if named not in current:
        raise Finding("certificate", f"it names the model {named}, current is {current}")


def check_leftovers(desk, wanted):
    """Nothing stays behind that an undisturbed command does not leave too."""
    tree = desk.tree()
    extra = {name: count - wanted.get(name, 0) for name, count in tree.items() if count > wanted.get(name, 0)}
    missing = {name: count - tree.get(name, 0) for name, count in wanted.items() if count > tree.get(name, 0)}
    if missing:
        raise Finding("file missing", ", ".join(sorted(missing)))
    return extra
