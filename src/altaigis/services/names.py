"""Names of a layer in memory, and which of them are like what somebody has typed."""

from collections.abc import Iterable, Sequence

import numpy as np

from altaigis.domain.spelling import folded
from altaigis.services.vocabulary import Vocabulary

#: Fewer letters are like too much.
FEWEST_LETTERS = 3
#: One mistake is more than all letters that may not have been typed yet.
MISTAKE = 1000
#: What the kind of place costs that neither the name nor the layer has, in mistakes.
MISSING_KIND = 2
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
        self._vocabulary = Vocabulary(list(numbers))
        self._title = folded(title).split()

    def like(self, typed: str) -> dict[Key, int]:
        """Features with a name like the words, in any order, and how far it is from them: mistakes count
        :data:`MISTAKE` each, letters that are not typed one."""
        words = folded(typed).split()
        if len("".join(words)) < FEWEST_LETTERS or not self._keys:
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
            # without its ending: a lake is one of the lakes
            if not any(word.startswith(kind[:-1]) for word in self._title):
                mistakes += np.minimum(self._mistakes(kind), MISSING_KIND)
        left = np.clip(self._lengths - sum(map(len, said)), 0, MISTAKE - 1)
        far: np.ndarray = mistakes * MISTAKE + left
        return far

    def _mistakes(self, word: str) -> np.ndarray:
        """The fewest mistakes with which a word is one of a name's or begins one; infinite where they are too many."""
        fewest: np.ndarray = np.minimum.reduceat(self._vocabulary.mistakes(word)[self._words], self._starts)
        return fewest
