#!/usr/bin/env python3
"""Score a gold file by hand, and list what is wrong.

  dev.py [options] GOLD.jsonl [...]

A line of GOLD holds `id`, `title`, `text`, and either the fields of this folder's sets (`countries`,
`countries_any`, `regions`, `neutral`; see README.md) or those of a scored corpus (`gold_countries_named`,
`gold_countries_any`, `neutral_named`, `neutral_any`). The texts go through one run of `wirewatch explain --jsonl`.

Micro figures count pairs of a document and a name. Neutral names are dropped from the answer first.
"""
import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

FIELDS = {"named": "countries", "any": "countries_any", "regions": "regions"}
CASES = {"as-is": str, "lower": str.lower, "upper": str.upper}
BINARY = Path(__file__).resolve().parents[2] / "target" / "release" / "wirewatch"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--binary", default=BINARY, help="the default is target/release/wirewatch of this tree")
    parser.add_argument("--level", choices=FIELDS, default="named")
    parser.add_argument("--case", choices=CASES, default="as-is", help="change the capitals of every text")
    parser.add_argument("--tell", action="store_true", help="say the language of each text (`lang`)")
    parser.add_argument("--only", metavar="WORD", help="documents of this class, language or corpus only")
    parser.add_argument("--errors", type=int, default=1_000_000, metavar="N", help="list so many documents")
    parser.add_argument("--save", type=Path, metavar="FILE",
                        help="write the answers as lines of `id` and `countries`, the names of the level")
    return parser.parse_args()


def read(paths, only):
    documents = [json.loads(line) for path in paths
                 for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if only:
        documents = [d for d in documents if only in (d.get("class"), d.get("lang"), d.get("corpus"))]
    return documents


def gold(document, level):
    """What is to be found, and what counts neither way."""
    if level == "regions" and "regions" not in document:
        sys.exit(f"{document['id']}: no `regions` in this gold")
    if f"gold_countries_{level}" in document:
        right, neutral = document[f"gold_countries_{level}"], document.get(f"neutral_{level}", [])
    else:
        right, neutral = document[FIELDS[level]], document.get("neutral", [])
    return set(right), set(neutral) - set(right)


def question(document, case, tell):
    put = CASES[case]
    line = {"id": document["id"], "title": put(document.get("title", "")), "text": put(document.get("text", ""))}
    if tell:
        line["lang"] = document["lang"]
    return line


def ask(binary, questions):
    lines = "".join(json.dumps(q, ensure_ascii=False) + "\n" for q in questions)
    told = subprocess.run([binary, "explain", "--jsonl"], input=lines, capture_output=True, encoding="utf-8")
    if told.returncode:
        sys.exit(f"wirewatch explain --jsonl ended with {told.returncode}: {told.stderr}")
    # Not `splitlines`: JSON leaves U+2028 and the like as they are.
    answers = [json.loads(line) for line in told.stdout.split("\n") if line]
    if [a["id"] for a in answers] != [q["id"] for q in questions]:
        sys.exit("the answers are not those to the questions, in their order")
    return answers


def ratio(part, whole, nothing):
    return part / whole if whole else nothing


def main():
    options = arguments()
    documents = read(options.gold, options.only)
    questions = [question(d, options.case, options.tell) for d in documents]
    answers = ask(options.binary, questions)
    count, listed, by_name = Counter(), 0, Counter()
    for document, put, answer in zip(documents, questions, answers):
        right, neutral = gold(document, options.level)
        said = set(answer[FIELDS[options.level]]) - neutral
        missing, extra = sorted(right - said), sorted(said - right)
        count.update(right=len(right & said), missing=len(missing), extra=len(extra), empty=not right,
                     flagged=not right and bool(said), exact=right == said)
        by_name.update([f"missing {name}" for name in missing] + [f"extra {name}" for name in extra])
        if (missing or extra) and listed < options.errors:
            listed += 1
            print(f"{document['id']} [{document.get('lang', '?')}, read as {answer.get('language')}]"
                  f"{'; missing ' + ' '.join(missing) if missing else ''}{'; extra ' + ' '.join(extra) if extra else ''}")
            print("".join(f"  {put[field]}\n" for field in ("title", "text") if put[field]))
    precision = ratio(count["right"], count["right"] + count["extra"], float(not count["missing"]))
    recall = ratio(count["right"], count["right"] + count["missing"], 1.0)
    print(f"{len(documents)} documents, level {options.level}, case {options.case}: {count['right']} right,"
          f" {count['extra']} extra, {count['missing']} missing")
    print(f"P {precision:.4f}  R {recall:.4f}  F1 {ratio(2 * precision * recall, precision + recall, 0.0):.4f}"
          f"  exact {ratio(count['exact'], len(documents), 0.0):.4f}"
          f"  false alerts a document {ratio(count['extra'], len(documents), 0.0):.4f}"
          f"  flagged of {count['empty']} with none {ratio(count['flagged'], count['empty'], 0.0):.4f}")
    print("most often: " + ", ".join(f"{name} {n}" for name, n in by_name.most_common(15)))
    if options.save:
        lines = [{"id": a["id"], "countries": a[FIELDS[options.level]]} for a in answers]
        options.save.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
