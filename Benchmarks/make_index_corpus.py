#!/usr/bin/env python3
"""Writes a corpus of invented people for the index benchmark: JSONL shards, seeded.

usage: make_index_corpus.py FOLDER [--records N] [--shards N] [--seed N]

5 million records make about 1.7 GB in 8 shards. Each record has an id and a text; two in three are about
one of records / 20 invented people (subjects), and of these every tenth declares typed values. Texts are
words of a Zipf-like vocabulary with, here and there, the person's name, e-mail address, telephone number
or date of birth. truth.json holds some people with the ids of the records that mention them.
"""
import argparse, itertools, json, os, random

SYLLABLES = ("ba be bi bo bu ca ce co da de di do du fa fe fi fo ga ge go ha he hi ho ja je ka ke ki ko la le li "
             "lo lu ma me mi mo mu na ne ni no nu pa pe pi po ra re ri ro ru sa se si so su ta te ti to tu va ve "
             "vi vo wa we wi wo ya yo za ze zo ban ten lor mis kan der sol ring port ment tion ness able").split()
MONTHS = ("January February March April May June July August September October November December").split()

def words(rng, count, low, high):
    made = set()
    while len(made) < count:
        made.add("".join(rng.choice(SYLLABLES) for _ in range(rng.randint(low, high))))
    return sorted(made)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    os.makedirs(options.folder, exist_ok=True)
    vocabulary = words(rng, 40_000, 1, 4)
    rng.shuffle(vocabulary)
    firsts = [w.capitalize() for w in words(rng, 800, 2, 3)]
    lasts = [w.capitalize() for w in words(rng, 8_000, 2, 4)]
    weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(vocabulary))))
    # Sentences drawn once and put together anew for each record: drawing every word takes hours.
    pool = [" ".join(rng.choices(vocabulary, cum_weights=weights, k=rng.randint(6, 13))).capitalize() + "." for _ in range(200_000)]
    people = max(20, options.records // 20)
    watched = {rng.randrange(people): [] for _ in range(200)}

    def person(index):
        own = random.Random(options.seed * 1_000_003 + index)
        first, last = own.choice(firsts), own.choice(lasts)
        mail = f"{first.lower()}.{last.lower()}{index % 1000}@{own.choice(vocabulary)}.example"
        phone = f"+1 {own.randint(201, 989)} {own.randint(200, 999)} {own.randint(0, 9999):04d}"
        year, month, day = own.randint(1940, 2005), own.randint(1, 12), own.randint(1, 28)
        return first, last, mail, phone, year, month, day

    per_shard = -(-options.records // options.shards)
    number = 0
    for shard in range(options.shards):
        with open(os.path.join(options.folder, f"shard-{shard}.jsonl"), "w", encoding="utf-8") as file:
            for _ in range(min(per_shard, options.records - number)):
                record_id = f"r{number:08d}"
                number += 1
                sentences = [rng.choice(pool) for _ in range(rng.randint(2, 5))]
                entry = {"id": record_id, "text": ""}
                if rng.random() < 0.66:
                    index = rng.randrange(people)
                    first, last, mail, phone, year, month, day = person(index)
                    held = []
                    kind = rng.random()
                    if kind < 0.5:
                        sentences.insert(1, f"{first} {last} was there.")
                        held.append("name")
                    if rng.random() < 0.3:
                        sentences.append(f"Write to {mail} about it.")
                        held.append("email")
                    if rng.random() < 0.2:
                        sentences.append(f"Call {phone} in the morning.")
                        held.append("phone")
                    if rng.random() < 0.1:
                        sentences.append(f"Born on {MONTHS[month - 1]} {day}, {year}.")
                    entry["subjects"] = [f"p-{index:06d}"]
                    if rng.random() < 0.1:
                        entry["metadata"] = {"source": "made", "values": {
                            "name": f"{first} {last}", "email": mail, "phone": phone}}
                        held.append("declared")
                    if index in watched:
                        watched[index].append([record_id, held])
                entry["text"] = " ".join(sentences)
                file.write(json.dumps(entry, separators=(",", ":")) + "\n")
    truth = []
    for index, records in sorted(watched.items()):
        first, last, mail, phone, *_ = person(index)
        truth.append({"subject": f"p-{index:06d}", "name": f"{first} {last}", "email": mail,
                      "phone": phone, "records": records})
    with open(os.path.join(options.folder, "truth.json"), "w", encoding="utf-8") as file:
        json.dump(truth, file)

main()
