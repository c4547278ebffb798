#!/usr/bin/env python3
"""Checks the tables of names beside this folder, and prints the coverage of each language: check.py

Fails with a line for each fault. Reads nothing but the tables.
"""

import collections
import pathlib
import re
import sys
import unicodedata

from scripts import INVISIBLE, in_script, key

DATA = pathlib.Path(__file__).resolve().parent.parent
# Two countries of one name, and both are meant.
SHARED = set()

faults = []


def rows(name, columns):
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    head = lines[0].split("\t")
    if head != columns:
        faults.append(f"{name}: the head is {head}")
    for number, line in enumerate(lines[1:], 2):
        values = line.split("\t")
        if len(values) != len(head):
            faults.append(f"{name}:{number}: {len(values)} columns")
            continue
        row = dict(zip(head, values))
        if row["alpha2"] not in CODES:
            faults.append(f"{name}:{number}: no such country: {row['alpha2']}")
        yield number, row


def check_form(where, language, form):
    if form != form.strip() or not form or "  " in form:
        faults.append(f"{where}: not trimmed: {form!r}")
    if INVISIBLE.search(form) or any(unicodedata.category(c) in ("Cc", "Cf") for c in form):
        faults.append(f"{where}: a character that cannot be seen: {form!r}")
    if form != unicodedata.normalize("NFC", form):
        faults.append(f"{where}: not NFC: {form!r}")
    if re.search(r"[|;#\d\t]", form):
        faults.append(f"{where}: a sign that is none of a name: {form!r}")
    if not in_script(form, "fr" if language == "en" else language):
        faults.append(f"{where}: not in the script of {language}: {form!r}")


def tagged(where, value):
    for group in filter(None, value.split(" ; ")):
        language, _, forms = group.partition(":")
        for form in forms.split("|"):
            yield language, form
            check_form(where, language, form)


countries = (DATA / "countries.tsv").read_text(encoding="utf-8").splitlines()[1:]
CODES = {line.split("\t")[0] for line in countries}

named = collections.defaultdict(set)
forms_of = collections.Counter()
capitals = collections.Counter()
cities = collections.Counter()
regions = collections.Counter()
owners = collections.defaultdict(set)

seen = set()
for number, row in rows("country_names.tsv", ["alpha2", "language", "names"]):
    if (row["alpha2"], row["language"]) in seen:
        faults.append(f"country_names.tsv:{number}: a second row")
    seen.add((row["alpha2"], row["language"]))
    named[row["language"]].add(row["alpha2"])
    for form in row["names"].split("|"):
        check_form(f"country_names.tsv:{number}", row["language"], form)
        forms_of[row["language"]] += 1
        owners[row["language"], key(form)].add(row["alpha2"])
for number, row in rows("capitals.tsv", ["alpha2", "language", "names"]):
    capitals[row["language"]] += 1
    for form in row["names"].split("|"):
        check_form(f"capitals.tsv:{number}", row["language"], form)
        owners[row["language"], key(form)].add(row["alpha2"])
for (language, form), codes in sorted(owners.items()):
    if len(codes) > 1 and (language, form) not in SHARED:
        faults.append(f"{language}: “{form}” is {', '.join(sorted(codes))}")

idents = set()
for number, row in rows("cities.tsv", ["id", "alpha2", "kind", "name", "population", "other"]):
    where = f"cities.tsv:{number}"
    if row["kind"] not in ("city", "capital") or not row["population"].isdigit():
        faults.append(f"{where}: kind or population")
    if row["id"] in idents or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]):
        faults.append(f"{where}: id {row['id']}")
    idents.add(row["id"])
    for language in {language for language, _ in tagged(where, row["other"])} | {"en"}:
        cities[language] += 1
for number, row in rows("first_level.tsv", ["code", "alpha2", "name", "other"]):
    where = f"first_level.tsv:{number}"
    if row["code"] in idents or not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", row["code"]):
        faults.append(f"{where}: code {row['code']}")
    idents.add(row["code"])
    for language in {language for language, _ in tagged(where, row["other"])} | {"en"}:
        regions[language] += 1

print("| language | countries | forms | capitals | cities | first level |")
print("|---|---|---|---|---|---|")
for language in sorted(set(named) | set(cities) | set(regions)):
    print(f"| {language} | {len(named[language])} | {forms_of[language]} | {capitals[language]} | {cities[language]} "
          f"| {regions[language]} |")
for fault in faults:
    print(fault, file=sys.stderr)
sys.exit(bool(faults))
