#!/usr/bin/env python3
"""Writes expected.json: 50 people each of TOFU and LUME, drawn at random, and which records are theirs.

Usage: make_people_recall_fixture.py     (in this folder; Python 3.9 or later, standard library only)

TOFU gives no list of authors: twenty records in a row are one author's. The name is the sequence of
two to four capitalised words that most of the twenty hold; authors of whom no such sequence stands
in eight of them are never named and left out of the draw. LUME's records carry the person in the
first 36 characters of their id; name and e-mail address are read from the questions.

Computed with plain regular expressions, independently of the program under test.
"""
import collections
import json
import random
import re

NAME = re.compile(r"\b((?:[A-ZÀ-Ž][\w'’\-]+\s){1,3}[A-ZÀ-Ž][\w'’\-]+)")
rng = random.Random(6)


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def authors(rows):
    for author in range(len(rows) // 20):
        texts = [r["question"] + " " + r["answer"] for r in rows[20 * author:20 * author + 20]]
        counts = collections.Counter()
        for text in texts:
            for found in set(NAME.findall(text)):
                counts[re.sub(r"['’]s?$", "", found)] += 1
        name, count = counts.most_common(1)[0]
        if count >= 8:
            pattern = re.compile(r"(?<!\w)" + re.escape(name) + r"(?!\w)")
            named = [20 * author + i for i, t in enumerate(texts) if pattern.search(t)]
            yield {"name": name, "first": 20 * author, "named": named}


def people(rows):
    by_person = collections.defaultdict(dict)
    for row in rows:
        by_person[row["id"][:36]][row["id"][36:]] = row
    for person, records in by_person.items():
        match = re.match(r"What is the birth date of (.*)\?$", records["qa0"]["input"])
        email = records["qa3"]["output"].strip().lower()
        texts = {k: (r["input"] + " " + r["output"]).replace("\\_", "_").lower()
                 for k, r in records.items()}
        yield {"name": match.group(1), "email": email,
               "records": sorted(person + k for k in records),
               "holdEmail": sorted(person + k for k, t in texts.items() if email in t)}


chosen_authors = rng.sample(list(authors(lines("tofu.jsonl"))), 50)
chosen_people = rng.sample(list(people(lines("lume.jsonl"))), 50)
with open("expected.json", "w", encoding="utf-8") as out:
    json.dump({"tofu": chosen_authors, "lume": chosen_people}, out, indent=1, ensure_ascii=False,
              sort_keys=True)
    out.write("\n")
