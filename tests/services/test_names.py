"""Names that are like what was typed, and how far words are from each other."""

from hypothesis import example, given
from hypothesis import strategies as st

from altaigis.services.names import MISTAKE, Names
from altaigis.services.vocabulary import MISTAKES, Vocabulary

WORDS = st.text("abcd", min_size=1, max_size=14)

TOWNS = [
    (1, ["Барнаул", "Barnaul"]),
    (2, ["Усть-Калманка", "Ust-Kalmanka"]),
    (3, ["Топчиха", "Topchikha"]),
    (4, ["Топчихинский район", "Topchikhinsky District"]),
    (5, []),
    (6, ["—"]),
]


def distance(one: str, other: str) -> int:
    """Optimal string alignment, letter by letter."""
    rows = [[max(i, j) if min(i, j) == 0 else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            least = min(rows[i - 1][j], rows[i][j - 1]) + 1
            least = min(least, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                least = min(least, rows[i - 2][j - 2] + 1)
            rows[i][j] = least
    return rows[-1][-1]


def allowed(letters: int) -> int:
    return sum(letters >= length for length in MISTAKES)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=8))
@example("abcd", ["abdc", "bacd", "abcdabcdabcd", "a"])
@example("a", ["b"])
def test_mistakes_are_those_that_letters_tell(typed: str, words: list[str]) -> None:
    found = Vocabulary(words).mistakes(typed)
    for word, mistakes in zip(words, found, strict=True):
        whole = distance(typed, word)
        beginning = min(distance(typed, word[:end]) for end in range(len(word) + 1))
        expected = [beginning] if beginning <= allowed(len(typed)) else []
        expected += [whole] if whole <= allowed(max(len(typed), len(word))) else []
        assert mistakes == min(expected, default=float("inf"))


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
@example("\U0001f30d мир 🌍🌍🌍", ["🌍🌍🌍"])
@example("а" * 100, ["а" * 99])
def test_any_text_is_compared(typed: str, names: list[str]) -> None:
    found = Names([("one", names)]).like(typed)
    assert set(found) <= {"one"}
    assert all(far >= 0 for far in found.values())


@given(st.sampled_from([name for _, names in TOWNS for name in names if name != "—"]))
def test_a_name_is_like_itself_most_of_all(name: str) -> None:
    found = Names(TOWNS).like(name)
    best = min(found, key=lambda key: found[key])
    assert name in dict(TOWNS)[best]
    assert found[best] == 0


def test_the_beginning_of_a_word_is_enough_and_letters_that_are_missing_are_counted() -> None:
    assert Names(TOWNS).like("барн") == {1: 3}
    assert Names(TOWNS).like("калм") == {2: 7}


def test_words_may_be_written_together_and_in_any_order() -> None:
    assert Names(TOWNS).like("устькалманка") == {2: 0}
    assert Names(TOWNS).like("калманка усть") == {2: 0}


def test_the_kind_of_a_place_helps_and_need_not_be_there() -> None:
    found = Names(TOWNS).like("топчиха район")
    assert MISTAKE <= found[4] < found[3] == 2 * MISTAKE
    assert Names(TOWNS, "Населённые пункты Settlements").like("settlement Barnaul") == {1: 0}
    assert Names(TOWNS).like("район") != {}, "alone it is a word as any other"


def test_little_is_like_nothing() -> None:
    names = Names(TOWNS)
    for typed in ("", "  ", "ъъъъ", "то", "zz", "t 1"):
        assert names.like(typed) == {}
    assert Names([]).like("барнаул") == {}
