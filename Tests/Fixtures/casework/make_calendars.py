#!/usr/bin/env python3
"""Makes the holiday calendars that are built into Casework, and the dates its clocks are held against.

Needs the packages `holidays` 0.109 (MIT) and `python-dateutil` 2.9.0.post0; see MANIFEST.md.
The dates are computed with dateutil's month arithmetic, the packages' own holiday objects and
zoneinfo, not with the calendars written here.
"""
import datetime, pathlib, random, sys, zoneinfo
import holidays
from dateutil.relativedelta import relativedelta

YEARS = range(2024, 2031)
ZONES = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "HR": "Europe/Zagreb",
    "CY": "Asia/Nicosia", "CZ": "Europe/Prague", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn",
    "FI": "Europe/Helsinki", "FR": "Europe/Paris", "DE": "Europe/Berlin", "GR": "Europe/Athens",
    "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IT": "Europe/Rome", "LV": "Europe/Riga",
    "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "MT": "Europe/Malta",
    "NL": "Europe/Amsterdam", "PL": "Europe/Warsaw", "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest", "SK": "Europe/Bratislava", "SI": "Europe/Ljubljana",
    "ES": "Europe/Madrid", "SE": "Europe/Stockholm",
    "GB-ENG": "Europe/London", "GB-NIR": "Europe/London", "GB-SCT": "Europe/London",
    "GB-WLS": "Europe/London", "US": "America/Los_Angeles",
}
NAMES = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "HR": "Croatia", "CY": "Cyprus",
    "CZ": "Czechia", "DK": "Denmark", "EE": "Estonia", "FI": "Finland", "FR": "France",
    "DE": "Germany", "GR": "Greece", "HU": "Hungary", "IE": "Ireland", "IT": "Italy",
    "LV": "Latvia", "LT": "Lithuania", "LU": "Luxembourg", "MT": "Malta", "NL": "Netherlands",
    "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SK": "Slovakia", "SI": "Slovenia",
    "ES": "Spain", "SE": "Sweden", "GB-ENG": "England", "GB-NIR": "Northern Ireland",
    "GB-SCT": "Scotland", "GB-WLS": "Wales", "US": "United States (federal)",
    # Holidays of a whole Land; those of some of its municipalities alone are not in them.
    "DE-BB": "Brandenburg", "DE-BE": "Berlin", "DE-BW": "Baden-Württemberg", "DE-BY": "Bavaria",
    "DE-HB": "Bremen", "DE-HE": "Hesse", "DE-HH": "Hamburg",
    "DE-MV": "Mecklenburg-Western Pomerania", "DE-NI": "Lower Saxony",
    "DE-NW": "North Rhine-Westphalia", "DE-RP": "Rhineland-Palatinate",
    "DE-SH": "Schleswig-Holstein", "DE-SL": "Saarland", "DE-SN": "Saxony",
    "DE-ST": "Saxony-Anhalt", "DE-TH": "Thuringia",
}


def calendar(identifier):
    country, _, part = identifier.partition("-")
    return holidays.country_holidays(country, subdiv=part or None, years=list(YEARS))


def write_calendars(folder):
    for identifier, name in sorted(NAMES.items()):
        days = calendar(identifier)
        lines = ["lethe-holidays 1", f"id {identifier}", f"name {name}",
                 f"source python-holidays {holidays.__version__}, public holidays"]
        for year in YEARS:
            of_year = sorted(day for day in days if day.year == year)
            lines.append(f"{year} " + " ".join(f"{day:%m-%d}" for day in of_year))
        (folder / f"{identifier}.holidays").write_text("\n".join(lines) + "\n", encoding="utf-8")


def working(day, days):
    while day.weekday() >= 5 or day in days:
        day += datetime.timedelta(days=1)
    return day


def after_working_days(day, count, days):
    while count:
        day += datetime.timedelta(days=1)
        count -= day.weekday() < 5 and day not in days
    return day


def last_second(day, zone):
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), zone)
    return int(midnight.timestamp()) - 1


def write_dates(folder):
    calendars = {identifier: calendar(identifier) for identifier in NAMES}
    first, last = datetime.datetime(2024, 1, 1), datetime.datetime(2030, 9, 1)
    span = int((last - first).total_seconds())
    start = int(first.replace(tzinfo=datetime.timezone.utc).timestamp())
    regimes = {"gdpr-eu": [c for c in NAMES if len(c) == 2 and c != "US"],
               "gdpr-uk": [c for c in NAMES if c.startswith("GB")], "ccpa": ["US"]}
    for regime, usable in regimes.items():
        source = random.Random(f"lethe {regime}")
        rows = ["receipt calendar due extended" + (" confirm" if regime == "ccpa" else "")]
        for _ in range(4_000):
            receipt = start + source.randrange(span)
            identifier = source.choice(usable + ["-"])
            zone = zoneinfo.ZoneInfo(ZONES.get(identifier, "UTC"))
            days = calendars[identifier] if identifier != "-" else []
            local = datetime.datetime.fromtimestamp(receipt, zone).date()
            if regime == "ccpa":
                ends = [local + datetime.timedelta(days=45), local + datetime.timedelta(days=90),
                        after_working_days(local, 10, days)]
            else:
                ends = [local + relativedelta(months=1), local + relativedelta(months=3)]
                # UK: the earlier day, unless the controller named its bank holidays.
                if regime == "gdpr-eu" or identifier != "-":
                    ends = [working(day, days) for day in ends]
            # Ends are written as seconds after receipt.
            ends = [str(last_second(day, zone) - receipt) for day in ends]
            rows.append(" ".join([str(receipt), identifier] + ends))
        (folder / f"random-{regime}.txt").write_text("\n".join(rows) + "\n")


here = pathlib.Path(__file__).parent
write_calendars(here.parents[2] / "Sources/Casework/Legal/Calendars")
write_dates(here)
