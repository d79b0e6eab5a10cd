"""Spelling of names: one form for all ways to write a name in two alphabets, and the other layout of a keyboard."""

import re
import unicodedata

#: Cyrillic, and Latin letters whose marks say how they sound, in plain Latin letters.
_LETTERS = str.maketrans(
    dict(zip("абвгдеёзиклмнопрстуфхц", "abvgdeeziklmnoprstufxc", strict=True))
    | {"ж": "zh", "й": "i", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia"}
    | {"č": "ch", "š": "sh", "ŝ": "sh", "ž": "zh"}
)
#: Latin spellings of one sound, the longer first. A bare h or x is х, as kh is; y and j are и, й and ы.
_SOUNDS = (
    (re.compile("shch|sch|shh|sh"), "š"),
    (re.compile("zh"), "ž"),
    (re.compile("ch"), "č"),
    (re.compile("kh|h"), "x"),
    (re.compile("ts|tz|cz"), "c"),
    (re.compile("w"), "v"),
    (re.compile("q"), "k"),
    # Biysk, Bijsk and Biisk; -sky, -skij and -skii
    (re.compile("[iyj]+"), "i"),
    # ye, je and e; yo and ё, which people write as е
    (re.compile("i[eo]"), "e"),
    (re.compile(r"[\W_]+"), " "),
)
_SOFT_SIGNS = re.compile("['`´ʹʺ’‘ʼ]")
_MARKS = re.compile("[\u0300-\u036f]")

_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_ENGLISH = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN += _RUSSIAN.upper()
_ENGLISH += 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'
_TO_RUSSIAN = str.maketrans(_ENGLISH, _RUSSIAN)
_TO_ENGLISH = str.maketrans(_RUSSIAN, _ENGLISH)


def folded(text: str) -> str:
    """A name as it sounds, in words of small Latin letters and digits: ``Белокуриха``, ``Belokurikha`` and
    ``Belokuriha`` are one, as ``Бийск`` and ``Bijsk`` are; what separates words is one space."""
    # й and ё are two signs each in some files
    sound = unicodedata.normalize("NFC", _SOFT_SIGNS.sub("", text.casefold())).translate(_LETTERS)
    sound = _MARKS.sub("", unicodedata.normalize("NFKD", sound))
    for spelling, letter in _SOUNDS:
        sound = spelling.sub(letter, sound)
    return sound.strip()


def other_layout(text: str) -> str:
    """What the same keys type in the other of the layouts ЙЦУКЕН and QWERTY: ``<fhyfek`` is ``Барнаул``."""
    is_russian = any(letter in _TO_ENGLISH for letter in map(ord, text))
    return text.translate(_TO_ENGLISH if is_russian else _TO_RUSSIAN)
