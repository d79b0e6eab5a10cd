"""One form for all spellings of a name, and the other layout of a keyboard."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altaigis.domain.spelling import folded, other_layout
from catalogs import ROOT

PLAIN = dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeezijklmnoprstufye", strict=True))


def scheme(pairs: str) -> dict[str, str]:
    written = pairs.split()
    return PLAIN | dict(zip(written[::2], written[1::2], strict=True))


#: Ways to write Russian in Latin letters, after passports (ICAO 9303), scholars (ISO/R 9) and GOST 7.79-2000 B.
SCHEMES = {
    "passport": scheme("ж zh й i х kh ц ts ч ch ш sh щ shch ю iu я ia"),
    "scholarly": scheme("ж ž х h ц c ч č ш š щ šč ь ' ю ju я ja"),
    "gost": scheme("ё yo ж zh х x ц cz ч ch ш sh щ shh ь ` ы y' ю yu я ya"),
}


def real_names() -> list[tuple[str, str]]:
    with (ROOT / "data/raw/settlements.csv").open(encoding="utf-8") as file:
        return [(row["name_ru"], row["name_en"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    "spellings",
    [
        ["Белокуриха", "белокуриха", "Belokurikha", "Belokuriha", "Belokurixa"],
        ["Бийск", "Бийск", "Biysk", "Bijsk", "Biisk", "Бииск"],
        ["Камень-на-Оби", "камень на оби", "Kamen-na-Obi", "Kamen' na Obi", "Kamen’–na–Obi"],
        ["Краснощёково", "Краснощеково", "Krasnoshchyokovo", "Krasnoshchekovo", "Krasnoščëkovo"],
        ["Троицкое", "Troitskoye", "Troickoe", "Troitzkoje"],
        ["Ельцовка", "Yeltsovka", "Eltsovka", "Jelcovka"],
        ["Алтайский", "Altaysky", "Altajskij", "Altaiskii", "Altayskiy"],
        ["Шелаболиха", "Shelabolikha", "Šelaboliha", "Schelabolikha"],
    ],
)
def test_spellings_of_a_name_are_one(spellings: list[str]) -> None:
    assert len({folded(each) for each in spellings}) == 1


def test_names_of_two_places_are_two() -> None:
    for one, other in [("Бийск", "Бирск"), ("Заринск", "Царинск"), ("Шахи", "Сахи"), ("Чая", "Ая"), ("Обь", "Об 2")]:
        assert folded(one) != folded(other)


def test_real_names_are_one_in_both_languages() -> None:
    different = [pair for pair in real_names() if folded(pair[0]) != folded(pair[1])]
    assert different == [("Касыма Кайсенова", "Kasym Kaysenov")]


@pytest.mark.parametrize("name_of_scheme", SCHEMES)
def test_real_names_are_one_in_each_scheme(name_of_scheme: str) -> None:
    for name, _ in real_names():
        written = "".join(SCHEMES[name_of_scheme].get(letter, letter) for letter in name.lower())
        assert folded(written) == folded(name), written


@given(st.text())
def test_what_is_folded_is_words_of_small_letters(text: str) -> None:
    words = folded(text)
    assert words == " ".join(words.split())
    assert all(each.isalnum() for word in words.split() for each in word)
    assert not set(words) & set("абвгдеёжзийклмнопрстуфхцчшщъыьэюяyjwqh")


@given(st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюя -", max_size=30))
def test_case_and_yo_and_separators_say_nothing(text: str) -> None:
    assert folded(text.upper()) == folded(text)
    assert folded(text.replace("ё", "е")) == folded(text)
    assert folded(text.replace("-", " — ")) == folded(text)


@given(st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=1))
def test_the_other_layout_of_the_other_layout_is_what_was_typed(text: str) -> None:
    typed = other_layout(text)
    assert typed.isascii()
    assert other_layout(typed) == text
    assert other_layout(text.upper()).lower().translate(str.maketrans('{}:"<>~', "[];',.`")) == typed


def test_the_other_layout_is_the_other_alphabet() -> None:
    assert other_layout("<fhyfek") == "Барнаул"
    assert other_layout("ифктфгд") == "barnaul"
    assert other_layout("Rfvtym-yf-J,b 2") == "Камень-на-Оби 2"
