#!/usr/bin/env python3
"""Makes the fixtures of this folder with Python's standard library alone; see MANIFEST.md."""
import calendar, datetime, hashlib, json


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def history():
    entries = [
        {"event": "workspace-created", "actor": "ada", "at": "2026-03-05T09:14:00Z",
         "digests": {}, "facts": {"version": "1"}},
        {"event": "case-created", "caseID": "C-2026-0001", "to": "received", "actor": "ada",
         "at": "2026-03-05T09:15:00Z", "digests": {"request": "ab" * 32},
         "facts": {"due-at": "2026-04-07T23:59:59Z", "format": "lethe-json"}},
        {"event": "hold", "caseID": "C-2026-0001", "from": "received", "to": "on-hold",
         "actor": "grace", "at": "2026-03-06T10:00:00Z",
         "reason": "legal hold \u2013 file 12/4, \"M\u00fcnchen\"\tsee note\n\u6771\u4eac \U0001F600",
         "digests": {}, "facts": {"a": "b/c", "z": "\\"}},
    ]
    previous = hashlib.sha256(b"lethe.history.v1").hexdigest()
    with open("history.jsonl", "wb") as file:
        for number, entry in enumerate(entries, 1):
            entry = dict(entry, sequence=number, previousHash=previous)
            previous = hashlib.sha256(canonical(entry)).hexdigest()
            file.write(canonical(dict(entry, hash=previous)) + b"\n")


def add_months(day, months):
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def working(day):
    while day.weekday() >= 5:
        day += datetime.timedelta(days=1)
    return day


def deadlines():
    with open("deadlines.csv", "w") as file:
        file.write("receipt,gdpr-eu,gdpr-eu-extended,gdpr-uk,gdpr-uk-extended,ccpa,ccpa-extended\n")
        day = datetime.date(2023, 12, 25)
        while day < datetime.date(2028, 4, 1):
            dates = [day, working(add_months(day, 1)), working(add_months(day, 3)),
                     add_months(day, 1), add_months(day, 3),
                     day + datetime.timedelta(days=45), day + datetime.timedelta(days=90)]
            file.write(",".join(map(str, dates)) + "\n")
            day += datetime.timedelta(days=1 if day.day >= 27 or day.day == 1 else 5)


history()
deadlines()
