"""Spelling of names: one form for all ways to write a name in two alphabets, and the other layout of a keyboard."""

import re
import unicodedata

#: Cyrillic in the letters of the folded form; Latin spellings of the same sounds come to them by :data:`_LATIN`.
_CYRILLIC = str.maketrans(
    dict(zip("абвгдеёзиклмнопрстуфхцчшщыэжіқғңөүұәһ", "abvgdeeziklmnoprstufxcčššiežikgnouuax", strict=True))
    | {"ю": "iu", "я": "ia", "й": "i", "ъ": "", "ь": ""}
)
#: Spellings of one sound, the longer first. A bare h or x is х, as kh is; y and j are и, й and ы.
_LATIN = (
    (re.compile("shch|sch|shh|sč|sh|ŝ"), "š"),
    (re.compile("zh"), "ž"),
    (re.compile("ch"), "č"),
    (re.compile("kh|h"), "x"),
    (re.compile("ts|tz|cz"), "c"),
    (re.compile("w"), "v"),
    (re.compile("q"), "k"),
    # Biysk, Bijsk and Biisk; -sky, -skij and -skii
    (re.compile("[iyj]+"), "i"),
    # ye, je and e; yo and ё, which people write as е
    (re.compile("i(?=[eo])[eo]"), "e"),
    (re.compile(r"(.)\1+"), r"\1"),
)
_SOFT_SIGNS = re.compile("['`´ʹʺ’‘ʼ]")
#: Letters with marks that say how they sound; all other marks are left out.
_MARKED = "čšžŝ"

_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_ENGLISH = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN += _RUSSIAN.upper()
_ENGLISH += 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'
_TO_RUSSIAN = str.maketrans(_ENGLISH, _RUSSIAN)
_TO_ENGLISH = str.maketrans(_RUSSIAN, _ENGLISH)


def folded(text: str) -> str:
    """A name as it sounds, in words of small Latin letters and digits: ``Белокуриха``, ``Belokurikha`` and
    ``Belokuriha`` are one, as ``Бийск`` and ``Bijsk`` are; what separates words is one space."""
    sound = _SOFT_SIGNS.sub("", text.casefold())
    # й and ё are made of two signs in some files
    sound = unicodedata.normalize("NFC", sound).translate(_CYRILLIC)
    sound = "".join(_unmarked(letter) for letter in sound)
    for spelling, letter in _LATIN:
        sound = spelling.sub(letter, sound)
    return " ".join("".join(letter if letter.isalnum() else " " for letter in sound).split())


def _unmarked(letter: str) -> str:
    if letter in _MARKED:
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))


def other_layout(text: str) -> str:
    """What the same keys type in the other of the layouts ЙЦУКЕН and QWERTY: ``<fhyfek`` is ``Барнаул``."""
    is_russian = any(letter in _TO_ENGLISH for letter in map(ord, text))
    return text.translate(_TO_ENGLISH if is_russian else _TO_RUSSIAN)
