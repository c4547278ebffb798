"""Which scripts a language is written in, and what all forms have in common. Used by rebuild.py and check.py."""

import re
import unicodedata

CYRILLIC = "be bg kk ky mk mn ru tg uk".split()
SCRIPTS = {
    **{language: {"CYRILLIC"} for language in CYRILLIC},
    **{language: {"ARABIC"} for language in ("ar", "fa", "ps", "ur")},
    **{language: {"DEVANAGARI"} for language in ("hi", "mr", "ne")},
    "sr": {"CYRILLIC", "LATIN"}, "uz": {"LATIN", "CYRILLIC"},
    "he": {"HEBREW"}, "el": {"GREEK"}, "hy": {"ARMENIAN"}, "ka": {"GEORGIAN"}, "am": {"ETHIOPIC"},
    "bn": {"BENGALI"}, "pa": {"GURMUKHI"}, "gu": {"GUJARATI"}, "or": {"ORIYA"}, "ta": {"TAMIL"},
    "te": {"TELUGU"}, "kn": {"KANNADA"}, "ml": {"MALAYALAM"}, "si": {"SINHALA"},
    "th": {"THAI"}, "lo": {"LAO"}, "km": {"KHMER"}, "my": {"MYANMAR"},
    "zh": {"CJK"}, "zh-Hant": {"CJK"}, "ja": {"CJK", "HIRAGANA", "KATAKANA"}, "ko": {"HANGUL"},
}
LATIN = {"LATIN"}

# Zero-width characters, direction marks, soft hyphens, variation selectors.
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


def scripts(language):
    return SCRIPTS.get(language, LATIN)


def is_latin(language):
    return scripts(language) == LATIN


def script(character):
    """The script of a letter or mark by its name, `None` for what all scripts share."""
    if character in "ーｰ々ʼʻ·・":
        return None
    if not unicodedata.category(character).startswith(("L", "M")):
        return None
    name = unicodedata.name(character, "?")
    return None if name.startswith("COMBINING") else re.split("[ -]", name)[0]


def in_script(form, language):
    """Whether all letters are of one of the language's scripts, and there are some."""
    found = {script(character) for character in form} - {None}
    one = len(found) == 1 if language in ("sr", "uz") else bool(found)
    return one and found <= scripts(language)


def key(form):
    """What a form is once case and diacritics are folded away, near enough to the daemon's own folding."""
    kept = (c for c in unicodedata.normalize("NFKD", form) if not 0x300 <= ord(c) <= 0x36f)
    folded = "".join(kept).casefold().translate(str.maketrans("’ʼʻ‘`-‐–", "'''''   "))
    for mark in "ًٌٍَُِّْـ":
        folded = folded.replace(mark, "")
    for letter, plain in ("أا", "إا", "آا", "ىي", "کك", "یي", "ёе", "łl", "øo", "đd"):
        folded = folded.replace(letter, plain)
    return " ".join(folded.split())
