"""Words that are compared with what somebody has typed."""

from collections.abc import Sequence

import numpy as np

#: From so many letters of a word on, one, two, three may be wrong, missing, too many or in the wrong order.
MISTAKES = (4, 7, 12)
#: Letters of a word that are compared.
LONGEST_WORD = 32


class Vocabulary:
    """Different words, compared all at once."""

    def __init__(self, words: Sequence[str]) -> None:
        text = np.array([word[:LONGEST_WORD] for word in words], dtype=f"<U{LONGEST_WORD}")
        codes = text.view(np.uint32).reshape(len(text), LONGEST_WORD).T.astype(np.uint16)
        self._lengths = (codes > 0).sum(axis=0)
        #: Code points, array (letters, words); zero behind the end of each.
        self._letters = codes[: self._lengths.max(initial=0)].copy()
        self._has = np.bitwise_or.reduce(_bit(codes), axis=0)

    def mistakes(self, typed: str) -> np.ndarray:
        """The fewest mistakes that make what was typed of a word or of its beginning: array (words,), infinite where
        they are more than there may be."""
        typed = typed[:LONGEST_WORD]
        # each letter that a word has not is a mistake: for most words that is enough to know
        said = np.bitwise_or.reduce(_bit(np.array([ord(letter) for letter in typed], dtype=np.uint32)))
        most = _allowed(np.maximum(self._lengths, len(typed)))
        close = np.flatnonzero(np.bitwise_count(said & ~self._has) <= most)
        whole, beginning = _distances(self._letters[:, close], self._lengths[close], typed)
        found = np.full(len(self._lengths), np.inf)
        found[close] = np.minimum(
            np.where(whole <= most[close], whole, np.inf),
            np.where(beginning <= _allowed(len(typed)), beginning, np.inf),
        )
        return found


def _bit(codes: np.ndarray) -> np.ndarray:
    """One of 32 bits for each letter."""
    bits: np.ndarray = np.left_shift(np.uint32(1), codes % 32, dtype=np.uint32)
    return bits


def _distances(letters: np.ndarray, lengths: np.ndarray, typed: str) -> tuple[np.ndarray, np.ndarray]:
    """How many letters have to be replaced, put in, left out or swapped with their neighbour to make what was typed of
    each word, and at least of any beginning of it: arrays (words,), from code points (letters, words).

    After Damerau (1964), as optimal string alignment: a row per typed letter, all words at once.
    """
    steps = np.arange(len(letters) + 1, dtype=np.int8)[:, None]
    before = row = np.repeat(steps, len(lengths), axis=1)
    was_same = np.zeros(letters.shape, dtype=bool)
    for letter in typed:
        is_same = letters == ord(letter)
        new = row + np.int8(1)
        np.minimum(new[1:], row[:-1] + ~is_same, out=new[1:])
        # letters in the wrong order: this one stands where the last was typed, and the last behind it
        swapped = np.where(is_same[:-1] & was_same[1:], before[:-2] + np.int8(1), np.int8(LONGEST_WORD))
        np.minimum(new[2:], swapped, out=new[2:])
        # letters more in the word than were typed, along the whole of it in one go
        before, row = row, np.minimum.accumulate(new - steps, axis=0) + steps
        was_same = is_same
    return row[lengths, np.arange(len(lengths))], row.min(axis=0)


def _allowed(letters: int | np.ndarray) -> np.ndarray:
    """How many mistakes words of this length may have."""
    return np.searchsorted(MISTAKES, letters, side="right")
