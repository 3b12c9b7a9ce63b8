#!/usr/bin/env python3
"""Unlearning outside of Lethe with PyTorch and transformers: gradient difference and NPO.

    unlearn_external.py JOB_FOLDER

Reads a job (lethe.external-job.v1), writes result/ and result.json (lethe.external-result.v1).
Methods, in the notation of Lethe's own:
    gradient-difference   L = -gamma CE(forget) + alpha CE(retain)
    npo                   L = (2/beta) mean softplus(beta (logp - logp0)) + alpha CE(retain)
Parameters, with the defaults of Lethe: steps, learning-rate, forget-batch, retain-batch, alpha, gamma,
beta.
"""

import hashlib
import json
import math
import os
import random
import shutil
import sys
import threading

import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

DEFAULTS = {
    "gradient-difference": {"steps": 20, "learning-rate": 0.0003, "forget-batch": 6,
                            "retain-batch": 32, "alpha": 1, "gamma": 1},
    "npo": {"steps": 90, "learning-rate": 0.002, "forget-batch": 6, "retain-batch": 32, "alpha": 1,
            "beta": 0.1},
}

_output = threading.Lock()


def say(kind, **fields):
    """One message to Lethe: one line, written at once. Never any content of the records."""
    with _output:
        sys.stdout.write(json.dumps({"type": kind, **fields}) + "\n")
        sys.stdout.flush()


def beat(seconds, stopped):
    while not stopped.wait(seconds):
        say("heartbeat")


def read_records(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def log_probabilities(model, records, device):
    """For each record the log-probabilities of its tokens after the first, and which of them count."""
    longest = max(len(record["tokens"]) for record in records)
    ids = torch.zeros(len(records), longest, dtype=torch.long)
    attended = torch.zeros(len(records), longest, dtype=torch.long)
    counted = torch.zeros(len(records), longest)
    for row, record in enumerate(records):
        count = len(record["tokens"])
        ids[row, :count] = torch.tensor(record["tokens"])
        attended[row, :count] = 1
        counted[row, :count] = torch.tensor(record["counted"], dtype=torch.float32)
    ids, attended, counted = ids.to(device), attended.to(device), counted.to(device)
    logits = model(input_ids=ids, attention_mask=attended).logits[:, :-1].float()
    chosen = torch.gather(F.log_softmax(logits, -1), -1, ids[:, 1:, None]).squeeze(-1)
    return chosen, counted[:, 1:]


def cross_entropy(model, records, device):
    """Mean loss of the counted tokens, nats."""
    values, counted = log_probabilities(model, records, device)
    return -(values * counted).sum() / counted.sum().clamp(min=1)


@torch.no_grad()
def mean_loss(model, records, device, batch=16):
    total = count = 0.0
    for start in range(0, len(records), batch):
        values, counted = log_probabilities(model, records[start:start + batch], device)
        total -= (values * counted).sum().item()
        count += counted.sum().item()
    return total / max(count, 1)


class Cycle:
    """Batches from shuffled passes over all records."""

    def __init__(self, records, size, random):
        self.records, self.size, self.random, self.rest = records, size, random, []

    def batch(self):
        chosen = []
        while len(chosen) < min(self.size, len(self.records)):
            if not self.rest:
                self.rest = self.random.sample(self.records, len(self.records))
            chosen.append(self.rest.pop())
        return chosen


def unlearn(model, job, forget, retain, device):
    method = job["method"]
    if method not in DEFAULTS:
        sys.exit(f"unknown method {method}")
    unknown = set(job["parameters"]) - set(DEFAULTS[method])
    if unknown:
        sys.exit(f"unknown parameters {sorted(unknown)}")
    setting = {**DEFAULTS[method], **job["parameters"]}
    steps, size = int(setting["steps"]), int(setting["forget-batch"])
    torch.manual_seed(job["seed"] % 2**63)
    numbers = random.Random(job["seed"])
    forgets = Cycle(forget, size, numbers)
    retains = Cycle(retain, int(setting["retain-batch"]), numbers)
    reference = {}
    if method == "npo":
        with torch.no_grad():
            for start in range(0, len(forget), size):
                part = forget[start:start + size]
                values, counted = log_probabilities(model, part, device)
                reference.update(zip((r["id"] for r in part), (values * counted).sum(-1)))
    optimizer = torch.optim.AdamW(model.parameters(), setting["learning-rate"], weight_decay=0)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = setting["learning-rate"] * (1 + math.cos(math.pi * step / steps)) / 2
        chosen = forgets.batch()
        if method == "npo":
            values, counted = log_probabilities(model, chosen, device)
            base = torch.stack([reference[record["id"]] for record in chosen])
            margin = setting["beta"] * ((values * counted).sum(-1) - base)
            loss = 2 / setting["beta"] * F.softplus(margin).mean()
        else:
            loss = -setting["gamma"] * cross_entropy(model, chosen, device)
        loss = loss + setting["alpha"] * cross_entropy(model, retains.batch(), device)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        say("progress", step=step + 1, of=steps, note=f"loss {loss.item():.4f}")
    return steps


def write_result(model, job, folder, facts, steps):
    """The folder first, the report last and in one move: what has a report is complete."""
    paths = job["paths"]
    original = os.path.join(folder, paths["model"])
    result = os.path.join(folder, paths["result"])
    model.save_pretrained(result, max_shard_size="1TB")
    # Everything but the weights is the original's, byte by byte.
    for name in os.listdir(original):
        if name != "model.safetensors":
            shutil.copyfile(os.path.join(original, name), os.path.join(result, name))
    digest = hashlib.sha256()
    with open(os.path.join(result, "model.safetensors"), "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    report = os.path.join(folder, paths["report"])
    with open(report + ".part", "w", encoding="utf-8") as file:
        json.dump({"schema": "lethe.external-result.v1", "token": job["token"],
                   "sha256": digest.hexdigest(), "method": job["method"], "steps": steps,
                   "facts": facts}, file)
    os.replace(report + ".part", report)


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
        job = json.load(file)
    if job["schema"] != "lethe.external-job.v1":
        sys.exit("unknown job schema")
    stopped = threading.Event()
    pause = max(1, job["limits"]["silence-seconds"] / 5)
    threading.Thread(target=beat, args=(pause, stopped), daemon=True).start()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(
        os.path.join(folder, job["paths"]["model"]), dtype=torch.float32).to(device)
    # Dropout stays off: one person's records are few, and the loss before and after is compared.
    model.eval()
    forget = read_records(os.path.join(folder, job["paths"]["forget"]))
    retain = read_records(os.path.join(folder, job["paths"]["retain"]))
    sets = {"forget": forget, "retain": retain}
    facts = {f"{name}-loss-before": repr(mean_loss(model, records, device))
             for name, records in sets.items()}
    steps = unlearn(model, job, forget, retain, device)
    facts.update({f"{name}-loss-after": repr(mean_loss(model, records, device))
                  for name, records in sets.items()})
    facts.update({"torch": torch.__version__, "device": device})
    write_result(model, job, folder, facts, steps)
    stopped.set()


if __name__ == "__main__":
    main()
