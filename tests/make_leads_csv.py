"""Makes playbooks/leads.csv: 1,250 invented leads with the flaws real exports have.

The one thing to know: the same seed gives the same bytes on every Python, for only `random.random()` is
used, whose sequence Python guarantees. Write the file with `python tests/make_leads_csv.py`; a test fails
when file and generator differ. Nobody in it exists: names are drawn part by part, addresses are under
RFC 2606 names, numbers in ranges that regulators keep for fiction. Where a country has no such range the
phone stays empty; only for Norway, which shows a number read by the row's own country, a plain one stands in.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import TypeVar

SEED = 20_261_121
ROW_COUNT = 1_250
PATH = Path(__file__).parents[1] / "playbooks" / "leads.csv"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_COLUMNS = """
    id email first_name last_name company_name phone_number job_title num_employees country timezone
    pages_visited webform_submitted_at meeting_booked buyer_notes intent_score last_active_at sales_rep_name
    salesforce_assigned_sales_rep_email salesforce_account_owner_email zip
"""
COLUMN_NAMES = tuple(_COLUMNS.split())

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A country as exports show it: words that `|` parts, phone patterns with the signs of `_phone`."""

    weight: int
    spellings: str
    zones: str
    phones: str
    first_names: str
    last_names: str
    zips: str


PLACES = (
    Place(
        45,
        "US|US|US|US|USA|us",
        "America/New_York|America/Chicago|America/Denver|America/Los_Angeles",
        "+1212555##|(312) 555-##|415-555-##|1 (646) 555 ##|206.555.##|'+1617555##|303555##",
        "Maya|Owen|Grace|Luis|Priya|Tyrone|Hannah|José|Wei|Aaliyah|Beau|Noor",
        "Alder|Brightwater|Castellano|Ó Dálaigh|Núñez|Van der Berg|Park|Okafor|St. Cloud",
        "02134|10001|07030|60614|94107|00501|80202-1234|33131",
    ),
    Place(
        14,
        "GB|GB|GB|UK",
        "Europe/London",
        "020 7946 0@|+44 20 7946 0@|0044 161 496 0@|(0131) 496 0@|+44 (0)113 496 0@",
        "Imogen|Rhys|Zoë|Callum|Anwen|Siân|Dev|Oluwaseun",
        "Thistlewood|Pryce-Jones|MacAskill|O'Rourke|Harcastle|Adeyemi",
        "SW1A 9ZZ|M1 9ZZ|EH1 9ZZ",
    ),
    Place(
        8,
        "DE",
        "Europe/Berlin",
        "+49 30 23125 @|030 / 23125 @|0049 171 39200##|069 90009 @",
        "Jörg|Anneliese|Björn|Käthe|Uwe|Großmann-Lena",
        "Müßig|Schönfelder|Weiß|Überacker|Kühn|von der Lühe",
        "01067|10115|80331",
    ),
    Place(
        7,
        "NO|NO|NO|Norway",
        "Europe/Oslo",
        "22 00 0# ##|+47 22 00 0# ##|0047 2200 0###",
        "Åse|Øystein|Ragnhild|Bjørn|Kjersti",
        "Ødegård|Bråten|Sæther|Håland|Fjærvik",
        "0150|5003|7010",
    ),
    Place(
        7,
        "FR",
        "Europe/Paris",
        "01 99 00 ## ##|+33 1 99 00 ## ##|0033 4 65 71 ## ##|03.53.01.##.##",
        "Éloïse|François|Anaïs|Gaël|Noémie",
        "Lefèvre|D'Hérouville|Château|Bézier|Garçon",
        "01000|75011|06000",
    ),
    Place(
        5,
        "CA",
        "America/Toronto|America/Vancouver",
        "+1 416 555 ##|(604) 555-##|514-555-##",
        "Chloé|Liam|Amrit|Geneviève",
        "Tremblay-Fox|Singh|MacNeil|Côté",
        "K1A 0B1|V6B 1A1",
    ),
    Place(
        4,
        "AU",
        "Australia/Sydney|Australia/Perth",
        "0491 570 006|+61 491 570 156|0491 570 157|+61491570158|0491570159",
        "Bronte|Lachlan|Matilda",
        "Wattle|Banksia-Jones|Nguyen",
        "0800|2000|6000",
    ),
    Place(
        3,
        "SE",
        "Europe/Stockholm",
        "08-465 004 ##|+46 8 465 004 ##",
        "Åke|Märta|Göran",
        "Sjöström|Ekelöf|Hällgren",
        "111 20",
    ),
    Place(
        3,
        "JP",
        "Asia/Tokyo",
        "",
        "葵|陽翔|さくら|ﾊﾅｺ",
        "山野辺|海老原|星川",
        "１００−０００１|060-0001",
    ),
    Place(
        2,
        "CN",
        "Asia/Shanghai",
        "",
        "梓涵|浩宇|若曦",
        "欧阳|司徒|慕容",
        "100000",
    ),
    Place(
        2,
        "AE|ae",
        "Asia/Dubai",
        "",
        "ليلى|يوسف|مريم",
        "النجار|الحداد|البستاني",
        "",
    ),
)
COMPANY_FIRST = "Blue Harbor|Copperfern|Quiet River|Fjordglimt|Nimbus & Oak|Café Lumière|Tall Pine"
COMPANY_LAST = "Logistics|Robotics|Foods|Health|Analytics|Textiles|Énergie|GmbH & Co. KG"
COMPANY_TAIL = '|||, Inc.|, LLC| "The Works"| 🚀|\n(formerly Old Mill)|  | 株式会社'
TITLES = "VP Sales|Head of Growth|CTO|Founder|Procurement Lead|Directrice, Achats|Engineer|"
PAGES = "/pricing|/docs|/blog/go-to-market|/security|/demo|/about|/integrations?x=1,2|/café"
NOTES = (
    '|||Asked about SSO, SCIM and price per seat.|Said "call me after the fair".|'
    'Line one\nLine two; with; semicolons|=1+1|=HYPERLINK("https://example.com","see")|'
    "-10 % on renewal?|@ada knows them|Très intéressée 😀👍🏽, rappeler lundi|Budget: 10.000,00 €|"
    "{{ first_name }} <b>bold</b>|見積もり希望|يفضل البريد الإلكتروني|  "
)
REPS = (
    ("Robin Marlowe", "robin.marlowe@acme.test"),
    ("Søren Lindqvist-Hale", "soren@acme.test"),
    ("Dana Whitcombe", "dana.whitcombe@acme.test"),
    ("Ines Carvalho", "ines@acme.test"),
)
DOMAINS = "example.com|example.org|example.net|copperfern.test|mail.blue-harbor.test|käse-welt.test"
BAD_EMAILS = (
    "{} at example.com|{}@|@example.com|{}@example|{}@@example.com|{}@example..com|"
    "{},b@example.com|{}.@example.org|{} <{}@example.com>|n/a|{}@exam ple.com"
)
BAD_PHONES = "4.47912E+11|n/a|555-0123|+1 555 12|(212) 555-0147 x204|call the desk|0000000000|+999 1234567"
BAD_SIZES = "1,200|50-100|about 40|12.5|1.2k|#N/A"


class Chance:
    """Draws by `random()` alone, so that every Python draws the same."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def below(self, limit: int) -> int:
        return int(self._random() * limit)

    def one(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def word(self, words: str) -> str:
        """One of the words that `|` parts; an empty one counts."""
        return self.one(words.split("|"))

    def happens(self, percent: float) -> bool:
        return self._random() * 100 < percent


def leads_csv() -> str:
    """The whole file as text, header first, LF at the end of each record."""
    chance = Chance(SEED)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMN_NAMES)
    rows: list[list[str]] = []
    while len(rows) < ROW_COUNT:
        if len(rows) > 50 and chance.happens(1.5):
            row = list(chance.one(rows))  # the same line exported twice
        else:
            lead = _lead(chance, len(rows) + 1)
            if len(rows) > 50 and chance.happens(3):
                lead["email"] = dict(zip(COLUMN_NAMES, chance.one(rows), strict=True))["email"]  # shared by two people
            _spoil(chance, lead)
            row = [lead[name] for name in COLUMN_NAMES]
        rows.append(row)
        writer.writerow(_cut(chance, row))
    return out.getvalue()


def _lead(chance: Chance, number: int) -> dict[str, str]:
    """One lead without a flaw, though with gaps."""
    place = chance.one([place for place in PLACES for _ in range(place.weight)])
    first, last = chance.word(place.first_names), chance.word(place.last_names)
    rep, rep_email = chance.one(REPS)
    owner = chance.one(REPS)[1]
    visited = sorted({chance.word(PAGES) for _ in range(chance.below(5))})
    return {
        "id": "" if chance.happens(3) else f"L-{number:04}",
        "email": "" if chance.happens(5) else _email(chance, first, last, number),
        "first_name": "" if chance.happens(4) else first + (" " if chance.happens(5) else ""),
        "last_name": last.upper() if chance.happens(4) else last,
        "company_name": chance.word(COMPANY_FIRST) + " " + chance.word(COMPANY_LAST) + chance.word(COMPANY_TAIL),
        "phone_number": "" if chance.happens(15) else _phone(chance, chance.word(place.phones)),
        "job_title": chance.word(TITLES),
        "num_employees": "" if chance.happens(12) else _size(chance),
        "country": "" if place is PLACES[0] and chance.happens(8) else chance.word(place.spellings),
        "timezone": chance.word(place.zones) if chance.happens(25) else "",
        "pages_visited": _pages(chance, visited),
        "webform_submitted_at": _submitted(chance) if chance.happens(45) else "",
        "meeting_booked": chance.word("true|false|false|FALSE|no|Yes|0|||"),
        "buyer_notes": chance.word(NOTES),
        "intent_score": "" if chance.happens(30) else str(chance.below(101)),
        "last_active_at": _active(chance) if chance.happens(35) else "",
        "sales_rep_name": rep if chance.happens(60) else "",
        "salesforce_assigned_sales_rep_email": rep_email if chance.happens(55) else "",
        "salesforce_account_owner_email": owner if chance.happens(40) else "",
        "zip": chance.word(place.zips),
    }


def _email(chance: Chance, first: str, last: str, number: int) -> str:
    name = "".join(sign for sign in f"{first}.{last}".lower() if sign.isascii() and (sign.isalnum() or sign == "."))
    local = name.strip(".") or "lead"
    address = f"{local}{number}@{chance.word(DOMAINS)}"
    if chance.happens(6):
        address = address.title()
    return f"{address} " if chance.happens(4) else address


def _phone(chance: Chance, pattern: str) -> str:
    """The pattern with its digits drawn; `555…##` becomes 555-01##, and `@` three digits."""
    if "555" in pattern:
        pattern = pattern.replace("##", "01##")
    return "".join(
        str(chance.below(10)) if sign == "#" else f"{chance.below(1_000):03}" if sign == "@" else sign
        for sign in pattern
    )


def _size(chance: Chance) -> str:
    size = str(chance.one((1, 5, 10, 30, 80, 200, 900, 5_000)) + chance.below(50))
    return f" {size} " if chance.happens(4) else size


def _pages(chance: Chance, visited: list[str]) -> str:
    if chance.happens(4):
        return "[]"
    if chance.happens(5) and visited:
        return "[" + ", ".join(f'"{page}"' for page in visited) + "]"
    return ("; " if chance.happens(20) else ";").join(visited)


def _submitted(chance: Chance) -> str:
    """Some instant of the last three months, in one of the ways exports write it."""
    at = NOW - timedelta(minutes=chance.below(90 * 24 * 60))
    east, west = timezone(timedelta(hours=1)), timezone(timedelta(hours=-5))
    forms = (
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.astimezone(east).isoformat(),
        at.astimezone(west).isoformat(),
        at.astimezone(west).strftime("%Y-%m-%dT%H:%M:%S%z"),
        at.strftime("%Y-%m-%d %H:%M"),
        at.strftime("%Y-%m-%dT%H:%M:%S.250Z"),
        at.strftime("%Y-%m-%d"),
    )
    return chance.one(forms)


def _active(chance: Chance) -> str:
    days = chance.below(1_800) + 370 if chance.happens(25) else chance.below(120)
    return (NOW - timedelta(days=days, minutes=chance.below(1_440))).strftime("%Y-%m-%dT%H:%M:%SZ")


def _spoil(chance: Chance, lead: dict[str, str]) -> None:
    """Give one lead in twelve the kind of flaw that refuses its row."""
    if chance.happens(3.5):
        name = "lead" + lead["id"][-4:]
        lead["email"] = chance.word(BAD_EMAILS).format(name, name)
    elif chance.happens(3):
        lead["phone_number"] = chance.word(BAD_PHONES)
    elif chance.happens(1.2):
        lead["num_employees"] = chance.word(BAD_SIZES)
    elif chance.happens(0.4):
        lead["webform_submitted_at"] = "03/11/2026 14:05"
    elif chance.happens(0.4):
        lead["meeting_booked"] = "maybe"


def _cut(chance: Chance, row: list[str]) -> list[str]:
    """The row as it is written: now and then with a cell too many or too few."""
    if chance.happens(0.3):
        return row[:-2]
    return [*row, "stray"] if chance.happens(0.3) else row


if __name__ == "__main__":
    PATH.write_text(leads_csv(), encoding="utf-8", newline="\n")
    sys.stderr.write(f"{ROW_COUNT} leads written\n")
