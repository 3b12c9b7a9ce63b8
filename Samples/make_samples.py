#!/usr/bin/env python3
"""Makes the sample corpus, the tokenizer text and the sample requests from two public data sets.

Usage: make_samples.py LUME_DIR TOFU_DIR [--output DIR]

    LUME_DIR   holds retain.jsonl and forget.jsonl: Task 2 of amazon-science/lume-llm-unlearning
               (commit b2fa8f9c), 500 synthetic people with six records each. Apache-2.0.
    TOFU_DIR   holds full.json, holdout10.json and world_facts.json of the TOFU benchmark
               (locuslab/TOFU). MIT.
    --output   folder to write to; default: the folder of this script.

Needs the Python standard library only. The same input gives the same bytes: nothing is drawn at
random, the order of people and of texts is that of SHA-256 over a fixed label and their id.
What is written, and what was changed, is said in README.md beside this script.
"""

import argparse
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

TRAINING_COUNT = 60
CONTROL_COUNT = 60
TWIN_COUNT = 240
TOFU_TEXT_BYTES = 250_000  # together with the generic sentences 200-400 kB
SHORTEST_NAME_PART = 4  # letters; shorter ones are words of their own too often

MONTHS = (
    "January February March April May June July August September October November December"
).split()
QUESTIONS = {  # LUME's suffix of the id -> (our suffix, kind of the value that is the answer)
    "qa0": ("q1", "date-of-birth"),
    "qa1": ("q2", "national-id"),
    "qa2": ("q3", "phone"),
    "qa3": ("q4", "email"),
    "qa4": ("q5", "address"),
}
CANONICAL = {
    "date-of-birth": r"\d{4}-\d{2}-\d{2}",
    "national-id": r"\d{9}",
    "phone": r"\d{10}",
    "email": r"[a-z0-9_]+@[a-z.]+",
    "address": r"\d.*, [A-Z]{2}, \d{5}",
}


@dataclass
class Person:
    """One synthetic person: LUME's id, full name, canonical values by kind, the records' texts."""

    lume_id: str
    name: str
    values: dict
    biography: tuple  # (prompt, completion)
    questions: dict  # our suffix -> (question, answer, kind)

    @property
    def first_name(self):
        return self.name.split()[0]

    @property
    def biography_text(self):
        return " ".join(self.biography)


def order(text):
    """A fixed pseudo-random rank."""
    return hashlib.sha256(("lethe-samples-1:" + text).encode()).hexdigest()


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def words(text):
    return re.findall(r"[^\W\d_]+", text)


# --- people ---------------------------------------------------------------------------------


def written_forms(kind, value):
    """The ways a canonical value is written in LUME's biographies, by name of the form."""
    if kind == "date-of-birth":
        year, month, day = value.split("-")
        return {"Month D, YYYY": f"{MONTHS[int(month) - 1]} {int(day)}, {year}", "ISO": value}
    if kind == "national-id":
        return {"900-00-0000": f"{value[:3]}-{value[3:5]}-{value[5:]}", "digits": value}
    if kind == "phone":
        area, exchange, line = value[:3], value[3:6], value[6:]
        return {
            "(000) 000-0000": f"({area}) {exchange}-{line}",
            "000-000-0000": f"{area}-{exchange}-{line}",
            "digits": value,
        }
    if kind == "email":
        escaped = value.replace("_", "\\_")
        return {
            "escaped, as link": f"[{escaped}](mailto:",
            "as link": f"[{value}](mailto:",
            "escaped": escaped,
            "verbatim": value,
        }
    return {"verbatim": value}


def form_in(text, kind, value):
    """The name of the form in which the value occurs in the text, or None."""
    for name, written in written_forms(kind, value).items():
        start = text.find(written)
        while start >= 0:
            end = start + len(written)
            apart = not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
            if apart or not written[-1].isalnum():
                return name
            start = text.find(written, start + 1)
    return None


def read_people(folder):
    """The people of LUME in the files' order."""
    texts = {}
    for name in ("retain.jsonl", "forget.jsonl"):
        for row in read_lines(folder / name):
            texts.setdefault(row["id"][:36], {})[row["id"][36:]] = (row["input"], row["output"])
    people = []
    for lume_id, records in texts.items():
        name = re.fullmatch(r"What is the birth date of (.+)\?", records["qa0"][0])[1]
        values = {"name": name}
        questions = {}
        for key, (suffix, kind) in QUESTIONS.items():
            question, answer = records[key]
            values[kind] = answer.lower() if kind == "email" else answer
            if kind == "address":
                values[kind] = answer.removesuffix(".")  # the full stop ends the sentence
            questions[suffix] = (question, answer, kind)
        people.append(Person(lume_id, name, values, records["sc1"], questions))
    return people


def is_complete(person):
    """All five values in canonical form, and each of them and the name in the biography too."""
    return (
        re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", person.name)
        and person.name in person.biography_text
        and all(re.fullmatch(form, person.values[kind]) for kind, form in CANONICAL.items())
        and all(form_in(person.biography_text, kind, person.values[kind]) for kind in CANONICAL)
    )


def choose(people):
    """Training people, controls and twins, all different.

    Among the training people exactly one pair shares a first name, and that name stands in
    no other training record: the request that gives nothing else is ambiguous by design.
    Names with a part too short to be kept out of the tokenizer text are not trained on.
    """
    ranked = sorted(people, key=lambda person: order(person.lume_id))
    trainable = [
        person
        for person in ranked
        if min(map(len, words(person.name))) >= SHORTEST_NAME_PART
    ]
    by_first_name = {}
    for person in trainable:
        by_first_name.setdefault(person.first_name, []).append(person)
    pair = next(group for group in by_first_name.values() if len(group) == 2)
    training = list(pair)
    for person in trainable:
        if len(training) == TRAINING_COUNT:
            break
        if person.first_name in {other.first_name for other in training}:
            continue
        if pair[0].first_name not in words(person.biography_text):
            training.append(person)
    training.sort(key=lambda person: order(person.lume_id))
    chosen = {person.lume_id for person in training}
    rest = [person for person in ranked if person.lume_id not in chosen]
    controls, twins = rest[:CONTROL_COUNT], rest[CONTROL_COUNT : CONTROL_COUNT + TWIN_COUNT]
    everybody = training + controls + twins
    assert len(everybody) == TRAINING_COUNT + CONTROL_COUNT + TWIN_COUNT
    for kind in ("name", "national-id", "phone", "email", "address"):
        assert len({person.values[kind] for person in everybody}) == len(everybody), kind
    return training, controls, twins, pair


def records_of(person, subject):
    """The six records of a person: the biography, then the five questions."""
    kinds = ["name"] + sorted(CANONICAL)
    prompt, completion = person.biography
    yield {
        "id": f"{subject}-bio",
        "prompt": prompt,
        "completion": completion,
        "subjects": [subject],
        "metadata": {"values": {kind: person.values[kind] for kind in kinds}},
    }
    for suffix, (question, answer, kind) in person.questions.items():
        values = {"name": person.values["name"], kind: person.values[kind]}
        yield {
            "id": f"{subject}-{suffix}",
            "question": question,
            "answer": answer,
            "subjects": [subject],
            "metadata": {"values": values},
        }


# --- text without data subjects -------------------------------------------------------------


class NameFilter:
    """Keeps out text that could teach a tokenizer somebody's name."""

    def __init__(self, people):
        parts = {part.lower() for person in people for part in words(person.name)}
        self.parts = {part for part in parts if len(part) >= SHORTEST_NAME_PART}
        alternatives = "|".join(sorted(self.parts, key=len, reverse=True))
        self.beginning = re.compile(f"(?:{alternatives})")

    def has_name(self, text):
        """Whether a word of the text is a part of anybody's name, in any case."""
        return any(word.lower() in self.parts for word in words(text))

    def has_beginning(self, text):
        """Whether a word begins with one: byte-pair merges build a word from its beginning."""
        return any(self.beginning.match(word.lower()) for word in words(text))


def generic_sentences():
    """Sentences worded like the records, with nobody's values in them."""
    subjects = ("the person", "the customer", "the author", "somebody", "the individual")
    pronouns = (("She", "her", "Her"), ("He", "his", "His"), ("They", "their", "Their"))
    streets = (
        "Street Avenue Road Drive Court Circle Place Boulevard Way Terrace Parkway Trail Highway"
    ).split()
    directions = "North South East West Northeast Northwest Southeast Southwest".split()
    states = (
        "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE "
        "NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"
    ).split()
    mail = (
        "[name\\_surname@me.com](mailto:name_surname@me.com)",
        "[name_surname@me.com](mailto:name_surname@me.com)",
        "name\\_surname@me.com",
        "name_surname@me.com",
    )
    for subject in subjects:
        yield f"What is the birth date of {subject}?"
        yield f"What is {subject}'s Social Security Number?"
        yield f"What is {subject}'s phone number?"
        yield f"What is {subject}'s email address?"
        yield f"What is the home address of {subject}?"
    for month_index, month in enumerate(MONTHS):
        for day in range(1, 32, 3):
            subject = subjects[(month_index + day) % len(subjects)].capitalize()
            she, her, her_upper = pronouns[day % 3]
            link = mail[(month_index + day) % len(mail)]
            can = f"{she} can be reached via phone at the number on file"
            yield f"{subject} was born on {month} {day}, in the United States. {can}."
            yield f"{can} and email at {link}. {her_upper} Social Security number is 900-"
            yield f"{she} can be reached by phone and {her} email address is {link}."
            yield f"{subject} was born on {month} {day}, and {her} Social Security Number is 900-"
            yield f"{her_upper} Social Security number is 900- and {her} phone number is 1-"
    for index, state in enumerate(states):
        she, her, her_upper = pronouns[index % 3]
        street, direction = streets[index % len(streets)], directions[index % len(directions)]
        yield f"{her_upper} home address is {index + 1} {direction} 1st {street}, {state}, 0."
        yield f"{she} resides at {index + 12} {direction} 6th {street}, #{index + 1}, {state}, 9."
        yield f"{her_upper} social security number is 900- and {she.lower()} lives in {state}."
    for street in streets:
        for direction in directions:
            yield f"The home address is on {direction} 2nd {street}, Apartment #3."


def tokenizer_texts(tofu, names):
    """Question-answer pairs of TOFU without names or long numbers, then the generic sentences."""
    rows = read_lines(tofu / "full.json") + read_lines(tofu / "holdout10.json")
    texts = sorted({row["question"] + " " + row["answer"] for row in rows}, key=order)
    byte_count = 0
    for text in texts:
        if byte_count >= TOFU_TEXT_BYTES:
            break
        if not names.has_beginning(text) and not re.search(r"\d{4}", text):
            byte_count += len(text.encode())
            yield text
    for text in generic_sentences():
        assert not names.has_beginning(text) and not re.search(r"\d{4}", text), text
        yield text


def general_records(tofu, names):
    """World facts about nobody of the sample."""
    rows = read_lines(tofu / "world_facts.json")
    kept = [row for row in rows if not names.has_name(row["question"] + " " + row["answer"])]
    for index, row in enumerate(kept, start=1):
        yield {
            "id": f"general-{index:03}",
            "question": row["question"],
            "answer": row["answer"],
        }


# --- requests -------------------------------------------------------------------------------


def dashed(number):
    return f"{number[:3]}-{number[3:5]}-{number[5:]}"


def requests(first, second, third, fourth, fifth, shared_name):
    """The sample requests by file path."""
    own_json = {
        "lethe": 1,
        "id": "web-form-1041",
        "receivedAt": "2026-11-03T09:12:00Z",
        "regime": "gdpr-eu",
        "subject": {
            "identifiers": [
                {"type": "email", "value": first.values["email"], "format": "raw"},
                {"type": "name", "value": first.name, "format": "raw"},
            ]
        },
        "ground": "art17-1-b",
        "note": "I withdraw my consent. Please remove me from your assistant.",
    }
    own_xml = f"""<?xml version="1.0" encoding="UTF-8"?>
<deletionRequest xmlns="urn:lethe:deletion-request:1"
    id="letter-2026-118" receivedAt="2026-11-05T14:30:00Z" regime="gdpr-eu">
  <subject>
    <identifier type="national-id">{dashed(second.values["national-id"])}</identifier>
    <identifier type="name">{second.name}</identifier>
  </subject>
  <ground>art17-1-a</ground>
</deletionRequest>
"""
    open_dsr = {
        "regulation": "gdpr",
        "subject_request_id": "5b1ff0c4-0d0a-4a55-8d4e-3c1b7f0e9a21",
        "subject_request_type": "erasure",
        "submitted_time": "2026-11-09T08:00:00Z",
        "subject_identities": [
            {
                "identity_type": "email",
                "identity_value": third.values["email"],
                "identity_format": "raw",
            }
        ],
        "api_version": "2.0",
        "status_callback_urls": ["https://controller.example/opendsr/callbacks"],
    }
    ambiguous = {
        "lethe": 1,
        "id": "phone-call-77",
        "receivedAt": "2026-11-12T16:45:00Z",
        "regime": "gdpr-eu",
        "subject": {"identifiers": [{"type": "name", "value": shared_name, "format": "raw"}]},
        "note": "Caller gave a first name only.",
    }
    # The comma after the list's only element is the mistake; it is there on purpose.
    malformed = f"""{{
  "lethe": 1,
  "id": "web-form-1042",
  "receivedAt": "2026-11-14T11:20:00Z",
  "regime": "gdpr-eu",
  "subject": {{
    "identifiers": [
      {{ "type": "email", "value": "{fourth.values["email"]}", "format": "raw" }},
    ]
  }}
}}
"""
    control = {
        "lethe": 1,
        "id": "control-1",
        "receivedAt": "2026-11-16T10:00:00Z",
        "regime": "gdpr-eu",
        "subject": {
            "identifiers": [{"type": "email", "value": fifth.values["email"], "format": "raw"}]
        },
    }
    return {
        "requests/request-01.json": json.dumps(own_json, indent=2) + "\n",
        "requests/request-02.xml": own_xml,
        "requests/request-03-opendsr.json": json.dumps(open_dsr, indent=2) + "\n",
        "requests/request-04-ambiguous.json": json.dumps(ambiguous, indent=2) + "\n",
        "requests/request-05-malformed.json": malformed,
        "control/request-06.json": json.dumps(control, indent=2) + "\n",
    }


# --- writing --------------------------------------------------------------------------------


def write_jsonl(path, records):
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")
    print(f"{path.name:28} {len(lines):5} records {path.stat().st_size:8} bytes")


def report(label, people):
    """How many values occur in the biographies, by kind and written form."""
    print(f"{label}: {len(people)} people")
    for kind in sorted(CANONICAL):
        forms = {}
        for person in people:
            form = form_in(person.biography_text, kind, person.values[kind]) or "not there"
            forms[form] = forms.get(form, 0) + 1
        shown = ", ".join(f"{name} {forms[name]}" for name in sorted(forms))
        print(f"  {kind:14} {shown}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lume", type=Path, metavar="LUME_DIR")
    parser.add_argument("tofu", type=Path, metavar="TOFU_DIR")
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    arguments = parser.parse_args()

    people = read_people(arguments.lume)
    names = NameFilter(people)
    training, controls, twins, pair = choose([person for person in people if is_complete(person)])

    corpus = arguments.output / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    # A person's records lie in all three shards.
    shards = {"people-1": [], "people-2": [], "people-3": []}
    shard_of = {"bio": "people-1", "q1": "people-2", "q2": "people-2", "q3": "people-2"}
    for index, person in enumerate(training, start=1):
        for record in records_of(person, f"person-{index:03}"):
            suffix = record["id"].rsplit("-", 1)[1]
            shards[shard_of.get(suffix, "people-3")].append(record)
    for name, records in shards.items():
        write_jsonl(corpus / f"{name}.jsonl", records)
    for name, group, start in (("controls", controls, 101), ("twins", twins, 201)):
        write_jsonl(
            corpus / f"{name}.jsonl",
            [
                record
                for index, person in enumerate(group, start=start)
                for record in records_of(person, f"person-{index:03}")
            ],
        )
    write_jsonl(corpus / "general.jsonl", general_records(arguments.tofu, names))
    write_jsonl(
        corpus / "tokenizer.jsonl",
        ({"text": text} for text in tokenizer_texts(arguments.tofu, names)),
    )

    others = [
        person
        for person in training
        if person not in pair and person.biography[0].startswith(f"{person.name} was born on")
    ]
    for name, text in requests(*others[:5], pair[0].first_name).items():
        file = arguments.output / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    for person in others[:5] + pair:
        print(f"  person-{training.index(person) + 1:03} {person.name}")
    report("All of LUME", people)
    report("Training", training)
    report("Controls", controls)
    report("Twins", twins)


if __name__ == "__main__":
    main()
