#!/usr/bin/env python3
"""Writes the lineage fixture from LUME's Task 2 (synthetic people) and what must be found in it.

Usage: make_lineage_fixture.py LUME_FOLDER     (Python 3.9 or later, standard library only)

people: the first 20 complete people of retain.jsonl; bios.jsonl holds the biography of each,
questions.jsonl the five questions. held-out.jsonl: the next 4, as twins. A record's typed values are
those of the person's five answers that occur in it.

expected.json is computed here with plain regular expressions over the texts, independently of the
program under test: for each person the ids of the records that hold the e-mail address, the
telephone and national number (digits with any of space ( ) . - / between them), the name as a
phrase, and the date of birth in English long form or ISO form.
"""
import hashlib
import json
import os
import re
import sys

FIELDS = ["date-of-birth", "national-id", "phone", "email", "address"]
MONTHS = ("January February March April May June July August September October November "
          "December").split()


def load(folder):
    people = {}
    with open(os.path.join(folder, "retain.jsonl"), encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            people.setdefault(row["id"][:36], {})[row["id"][36:]] = row
    return [p for p in people.values() if {"sc1", "qa0", "qa1", "qa2", "qa3", "qa4"} <= set(p)]


def digits_pattern(digits):
    return re.compile(r"(?<!\d)" + r"[\s().\-/]*".join(digits) + r"(?!\d)")


def plain(text):
    return text.replace("\\_", "_")


def holds(text, kind, value):
    text = plain(text)
    if kind == "email":
        return value in text.lower()
    if kind in ("phone", "national-id"):
        return digits_pattern(value).search(text) is not None
    if kind == "date-of-birth":
        year, month, day = value.split("-")
        long = f"{MONTHS[int(month) - 1]} {int(day)}, {year}"
        return value in text or long in text
    if kind == "name":
        return re.search(r"(?<!\w)" + re.escape(value) + r"(?!\w)", text) is not None
    return value.lower().rstrip(".") in text.lower()


def values_of(person):
    values = {field: person[f"qa{i}"]["output"].strip() for i, field in enumerate(FIELDS)}
    values["email"] = values["email"].lower()
    match = re.match(r"What is the birth date of (.*)\?$", person["qa0"]["input"])
    values["name"] = match.group(1)
    return values


def records_of(person, subject):
    values = values_of(person)
    for key, row in sorted(person.items(), key=lambda item: (item[0] != "sc1", item[0])):
        text = row["input"] + " " + row["output"]
        held = {k: v for k, v in values.items() if holds(text, k, v)}
        name = "bio" if key == "sc1" else "q" + key[2:]
        first, second = ("prompt", "completion") if key == "sc1" else ("question", "answer")
        yield {"id": f"{subject}-{name}", first: row["input"], second: row["output"],
               "subjects": [subject], "metadata": {"values": held}}, text


def main():
    complete = load(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    trained = {f"person-{i + 1:03d}": p for i, p in enumerate(complete[:20])}
    held_out = {f"held-{i + 1:03d}": p for i, p in enumerate(complete[20:24])}
    shards = {"bios.jsonl": [], "questions.jsonl": [], "held-out.jsonl": []}
    texts = []
    for subject, person in trained.items():
        for record, text in records_of(person, subject):
            shard = "bios.jsonl" if record["id"].endswith("-bio") else "questions.jsonl"
            shards[shard].append(record)
            texts.append((shard, record, text))
    for subject, person in held_out.items():
        shards["held-out.jsonl"] += [record for record, _ in records_of(person, subject)]
    for name, records in shards.items():
        with open(os.path.join(here, name), "w", encoding="utf-8") as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    order = {record["id"]: (shard, index) for index, (shard, record, _) in enumerate(texts)}
    expected = {"people": [], "heldOut": values_of(held_out["held-001"]), "shards": {}}
    for name in shards:
        data = open(os.path.join(here, name), "rb").read()
        expected["shards"][name] = {
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data),
            "records": data.count(b"\n")}
    for subject, person in trained.items():
        values = values_of(person)
        hits = {
            kind: sorted((r["id"] for _, r, t in texts if holds(t, kind, value)), key=order.get)
            for kind, value in values.items() if kind != "address"}
        expected["people"].append({
            "subject": subject, "values": values, "inText": hits,
            "sha256": {k: hashlib.sha256(values[k].encode()).hexdigest()
                       for k in ("email", "phone", "national-id")}})
    with open(os.path.join(here, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1, ensure_ascii=False, sort_keys=True)
        file.write("\n")


main()
