#!/usr/bin/env python3
"""Check the gold sets beside this script and print what is in them.

  lint.py [--quiet]      exit status 1 and one line a problem, when there is one

What is checked is said in ../README.md, "Adding a document".
"""
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "src" / "gazetteer" / "data"
FIELDS = {"id": str, "lang": str, "title": str, "text": str, "countries": list, "countries_any": list,
          "regions": list, "class": str}
OPTIONAL = {"neutral": list, "pair": str, "sense": str, "target": str, "level": str}
# What a set holds at least, so that no later change shrinks it unseen.
LEAST = {"english": 500, "ambiguous": 260, "parallel": 312, "languages": 320, "regions": 300,
         "heldout": 300}
LEVELS = {"named": "countries", "any": "countries_any", "region": "regions"}
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z][a-z]{3})?")


def column(path, index):
    rows = path.read_text(encoding="utf-8").splitlines()[1:]
    return {row.split("\t")[index] for row in rows if row.strip()}


def read(path, problems):
    documents = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            document = json.loads(line)
        except ValueError as error:
            problems.append(f"{path.name}:{number}: no JSON: {error}")
            continue
        if not isinstance(document, dict):
            problems.append(f"{path.name}:{number}: no object")
            continue
        documents.append((f"{path.name}:{number}", document))
    return documents


def check_document(place, document, codes, regions, problems):
    bad = False

    def problem(text):
        nonlocal bad
        bad = True
        problems.append(f"{place}: {document.get('id', '?')}: {text}")

    for field, kind in FIELDS.items():
        if not isinstance(document.get(field), kind):
            problem(f"`{field}` is missing or no {kind.__name__}")
    for field in document.keys() - FIELDS.keys():
        if field not in OPTIONAL:
            problem(f"unknown field `{field}`")
        elif not isinstance(document[field], OPTIONAL[field]):
            problem(f"`{field}` is no {OPTIONAL[field].__name__}")
    if bad:
        return False
    if not (document["title"] + document["text"]).strip():
        problem("no title and no text")
    for field in ("title", "text"):
        if document[field] != " ".join(document[field].split()):
            problem(f"`{field}` has blanks to spare")
    if not LANGUAGE.fullmatch(document["lang"]):
        problem(f"language `{document['lang']}`")
    if not document["class"]:
        problem("no class")
    for field in ("countries", "countries_any"):
        for code in document[field]:
            if code not in codes:
                problem(f"`{field}`: no country `{code}`")
    for region in document["regions"]:
        if region not in regions:
            problem(f"no region `{region}`")
    neutral = document.get("neutral", [])
    for name in neutral:
        if name not in codes and name not in regions:
            problem(f"`neutral`: neither country nor region `{name}`")
    for field in ("countries", "countries_any", "regions", "neutral"):
        values = document.get(field, [])
        if values != sorted(set(values)):
            problem(f"`{field}` is not sorted, or says a thing twice")
    if not set(document["countries"]) <= set(document["countries_any"]):
        problem("`countries_any` lacks a country of `countries`")
    both = set(neutral) & (set(document["countries_any"]) | set(document["regions"]))
    if both:
        problem(f"neutral and labelled at once: {', '.join(sorted(both))}")
    return not bad


def check_pairs(documents, problems):
    senses = defaultdict(Counter)
    for place, document in documents:
        missing = [f for f in ("pair", "sense", "target", "level") if f not in document]
        if missing:
            problems.append(f"{place}: {document['id']}: lacks {', '.join(missing)}")
            continue
        if document["sense"] not in ("place", "other") or document["level"] not in LEVELS:
            problems.append(f"{place}: {document['id']}: sense or level is not known")
            continue
        senses[document["pair"]][document["sense"]] += 1
        said = document["target"] in document[LEVELS[document["level"]]]
        if said != (document["sense"] == "place"):
            problems.append(f"{place}: {document['id']}: sense `{document['sense']}`, but labels say otherwise")
        if document["target"] in document.get("neutral", []):
            problems.append(f"{place}: {document['id']}: the target is neutral")
    for pair, count in senses.items():
        if min(count["place"], count["other"]) < 2:
            problems.append(f"pair `{pair}` has fewer than two documents of a sense")
    return senses


def check_parallel(documents, problems):
    events = defaultdict(dict)
    for place, document in documents:
        if document["lang"] in events[document["class"]]:
            problems.append(f"{place}: {document['class']} twice in {document['lang']}")
        events[document["class"]][document["lang"]] = document
    languages = {document["lang"] for _, document in documents}
    for event, by_language in events.items():
        for language in sorted(languages - by_language.keys()):
            problems.append(f"parallel.jsonl: {event} is not there in {language}")
        labels = {json.dumps([d["countries"], d["countries_any"], d["regions"]]) for d in by_language.values()}
        if len(labels) > 1:
            problems.append(f"parallel.jsonl: {event} has not the same labels in every language")


def main():
    problems = []
    codes = column(DATA / "countries.tsv", 0)
    regions = column(DATA / "regions.tsv", 0)
    ids, texts, sets = {}, {}, {}
    for path in sorted(HERE.glob("*.jsonl")):
        good = []
        for place, document in read(path, problems):
            if not check_document(place, document, codes, regions, problems):
                continue
            good.append((place, document))
            key = document["id"]
            if key in ids:
                problems.append(f"{place}: the id {key} is also at {ids[key]}")
            ids[key] = place
            words = (document["lang"], (document["title"] + "\n" + document["text"]).casefold())
            if words in texts:
                problems.append(f"{place}: {key}: the same text is at {texts[words]}")
            texts[words] = place
        sets[path.stem] = good
    for name, least in LEAST.items():
        if len(sets.get(name, [])) < least:
            problems.append(f"{name}.jsonl: {len(sets.get(name, []))} documents, {least} are the least")
    pairs = check_pairs(sets.get("ambiguous", []), problems)
    unseen = check_pairs(sets.get("heldout", []), problems)
    check_parallel(sets.get("parallel", []), problems)

    if "--quiet" not in sys.argv[1:]:
        print("set        documents  languages  no country  pairs named  pairs any  regions  neutral")
        for name, documents in sets.items():
            documents = [d for _, d in documents]
            print(f"{name:10s} {len(documents):9d} {len({d['lang'] for d in documents}):10d}"
                  f" {sum(not d['countries'] for d in documents):11d}"
                  f" {sum(len(d['countries']) for d in documents):12d} {sum(len(d['countries_any']) for d in documents):10d}"
                  f" {sum(len(d['regions']) for d in documents):8d} {sum('neutral' in d for d in documents):8d}")
        everything = [d for documents in sets.values() for _, d in documents]
        print(f"{'all':10s} {len(everything):9d} {len({d['lang'] for d in everything}):10d}"
              f" {sum(not d['countries'] for d in everything):11d}"
              f" {sum(len(d['countries']) for d in everything):12d} {sum(len(d['countries_any']) for d in everything):10d}"
              f" {sum(len(d['regions']) for d in everything):8d} {sum('neutral' in d for d in everything):8d}")
        named = {c for d in everything for c in d["countries"]}
        said = {r for d in everything for r in d["regions"]}
        print(f"\n{len(pairs)} ambiguous names, {len(unseen)} held out; {len(named)} of {len(codes)} countries named; {len(said)} of {len(regions)} regions")
        for name, documents in sets.items():
            print(f"\n{name}, by language: ", end="")
            print(", ".join(f"{k} {v}" for k, v in Counter(d["lang"] for _, d in documents).most_common()))
            print(f"{name}, by class: ", end="")
            print(", ".join(f"{k} {v}" for k, v in Counter(d["class"] for _, d in documents).most_common()))
        print()
    for text in problems:
        print(text)
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
