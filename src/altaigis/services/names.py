"""Names of a layer in memory, and which of them are like what somebody has typed."""

from collections.abc import Iterable, Sequence

import numpy as np

from altaigis.domain.spelling import folded

#: From so many letters of a word on, so many may be wrong, missing, too many or in the wrong order.
MISTAKES = ((10, 3), (6, 2), (4, 1), (0, 0))
#: Letters of a word that are compared.
LONGEST_WORD = 32
#: One mistake is more than all letters that may not have been typed yet.
MISTAKE = 1000
#: Words that say what kind of place is meant: where a name has them it comes first, and it need not.
KINDS = frozenset(
    folded(
        "город городской г село с посёлок поселок пос п деревня д станция метеостанция гидропост пост пункт район р-н "
        "округ край озеро оз река р курорт city town village settlement station post district okrug krai lake river "
        "resort"
    ).split()
)

Key = str | int


class Names:
    """Names of features in their folded form; a feature may have several. Words of the layer's own title belong to
    all of them, so that a ``lake`` is looked for among lakes."""

    def __init__(self, named: Iterable[tuple[Key, Sequence[str]]], title: str = "") -> None:
        self._keys: list[Key] = []
        texts: list[list[str]] = []
        for key, names in named:
            for words in {folded(name): None for name in names}:
                if words:
                    self._keys.append(key)
                    texts.append(words.split())
        self._lengths = np.array([sum(map(len, words)) for words in texts], dtype=np.int64)
        # people write Усть-Калманка in one word, too
        every = [[*words, "".join(words)] for words in texts]
        numbers = {word: number for number, word in enumerate(dict.fromkeys(word for words in every for word in words))}
        self._words = np.array([numbers[word] for words in every for word in words], dtype=np.intp)
        self._starts = np.cumsum([0, *map(len, every)])[:-1]
        self._letters = _letters(numbers)
        self._title = folded(title).split()
        self._title_letters = _letters(self._title)

    def like(self, typed: str) -> dict[Key, int]:
        """Features with a name like the words, in any order, and how far it is from them: mistakes count
        :data:`MISTAKE` each, letters that are not typed one."""
        words = folded(typed).split()
        if not words or not self._keys:
            return {}
        far = self._far(words)
        if len(words) > 1:
            far = np.minimum(far, self._far(["".join(words)]))
        found: dict[Key, int] = {}
        for name in np.flatnonzero(far < np.inf):
            key, distance = self._keys[name], int(far[name])
            found[key] = min(found.get(key, distance), distance)
        return found

    def _far(self, words: list[str]) -> np.ndarray:
        """How far each name is from the words: array (names,), infinite where it is not like them."""
        kinds = [word for word in words if word in KINDS]
        said = [word for word in words if word not in KINDS]
        if not said:
            kinds, said = [], words
        mistakes = np.sum([self._mistakes(word) for word in said], axis=0)
        for kind in kinds:
            of_layer = _prefix_distances(self._title_letters, kind).min(initial=LONGEST_WORD) <= allowed(kind)
            mistakes += 0 if of_layer else np.minimum(self._mistakes(kind), 2)
        left = np.clip(self._lengths - sum(map(len, said)), 0, MISTAKE - 1)
        far: np.ndarray = mistakes * MISTAKE + left
        return far

    def _mistakes(self, word: str) -> np.ndarray:
        """The fewest mistakes with which a word is one of a name's or begins one; infinite where they are too many."""
        distances = _prefix_distances(self._letters, word).astype(np.float64)
        distances[distances > allowed(word)] = np.inf
        fewest: np.ndarray = np.minimum.reduceat(distances[self._words], self._starts)
        return fewest


def allowed(word: str) -> int:
    """How many mistakes a word of this length may have."""
    return next(most for length, most in MISTAKES if len(word) >= length)


def _letters(words: Iterable[str]) -> np.ndarray:
    """Code points of words: array (letters, words), zero behind the end of each."""
    text = np.array([word[:LONGEST_WORD] for word in words], dtype=f"<U{LONGEST_WORD}")
    codes: np.ndarray = text.view(np.uint32).reshape(len(text), LONGEST_WORD).T.astype(np.uint16)
    return codes[: int(codes.any(axis=1).sum())].copy()


def _prefix_distances(letters: np.ndarray, typed: str) -> np.ndarray:
    """The least number of letters to replace, put in, leave out or swap with their neighbour that makes the typed word
    of any beginning of each of the words: array (words,), from code points (letters, words).

    After Damerau (1964), as optimal string alignment: a row per typed letter, all words at once.
    """
    length, count = letters.shape
    steps = np.arange(length + 1, dtype=np.int16)[:, None]
    before = row = np.repeat(steps, count, axis=1)
    codes = [ord(letter) for letter in typed[:LONGEST_WORD]]
    for place, code in enumerate(codes):
        is_same = letters == code
        new = row + 1
        new[1:] = np.minimum(new[1:], row[:-1] + ~is_same)
        if place:
            is_swapped = is_same[:-1] & (letters[1:] == codes[place - 1])
            new[2:] = np.where(is_swapped, np.minimum(new[2:], before[:-2] + 1), new[2:])
        # a letter more in the word than was typed, along the whole word in one go
        before, row = row, np.minimum.accumulate(new - steps, axis=0) + steps
    fewest: np.ndarray = row.min(axis=0)
    return fewest
