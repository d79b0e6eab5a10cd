"""Search by name: both languages, the keyboard, and what it says when there is nothing."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("typed", "language", "found"),
    [("Белокуриха", "ru", "Белокуриха."), ("Belokurikha", "en", "Belokurikha."), ("belokur", "ru", "Белокуриха.")],
)
def test_a_name_is_found_and_opened(visit, typed, language, found):
    page = visit.open(f"/?lang={language}")
    page.get_by_test_id("search").fill(typed)
    page.get_by_test_id("search-results").get_by_role("option").first.click()
    expect(page.get_by_test_id("popup-sentence").locator("strong")).to_have_text(found)
    popup = page.get_by_test_id("popup").bounding_box()
    assert popup
    assert popup["x"] > 340, "the panel must not cover what was found"


def test_the_keyboard_does_all_of_it(visit):
    visit.page.emulate_media(reduced_motion="no-preference")
    page = visit.open()
    page.keyboard.press("/")
    field = page.get_by_test_id("search")
    expect(field).to_be_focused()
    page.keyboard.type("смоленск")
    page.get_by_test_id("search-results").get_by_role("option").first.wait_for()
    options = page.get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("search-results")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    name = page.locator("[role=option][aria-selected=true] .search-name").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("popup-sentence")).to_contain_text(name.split()[0])
    page.keyboard.press("Escape")
    expect(field).to_be_focused()
    expect(page.get_by_test_id("search-results")).to_be_hidden()


def test_nothing_found_says_what_to_try(visit):
    page = visit.open()
    page.get_by_test_id("search").fill("ъъъъ")
    expect(page.get_by_role("status")).to_contain_text("Ничего не найдено: «ъъъъ»")


def test_a_site_without_coordinates_says_so(visit):
    page = visit.open()
    page.get_by_test_id("search").fill("Мишина гора")
    page.get_by_test_id("search-results").get_by_role("option").first.click()
    expect(page.get_by_test_id("popup")).to_contain_text("Точное место в источнике не указано")


@pytest.mark.parametrize(
    ("typed", "language", "heading", "count", "found"),
    [
        ("белакуриха", "ru", "Похожие названия:", "похожих названий", "Белокуриха."),
        (",tkjrehb[f", "ru", "Похожие названия:", "похожих названий", "Белокуриха."),
        ("Belokuriha", "en", "Similar names:", "similar names", "Belokurikha."),
    ],
)
def test_a_misspelt_name_is_found_and_said_to_be_only_similar(visit, typed, language, heading, count, found):
    page = visit.open(f"/?lang={language}")
    field = page.get_by_test_id("search")
    field.fill(typed)
    similar = page.locator(".search-similar")
    expect(similar).to_have_text(heading)
    expect(page.get_by_role("status")).to_contain_text(count)
    field.press("Enter")
    expect(page.get_by_test_id("popup-sentence").locator("strong")).to_have_text(found)
    expect(similar).to_be_hidden()


def test_a_name_that_is_there_is_not_called_similar(visit):
    page = visit.open("/?lang=ru")
    page.get_by_test_id("search").fill("белокуриха")
    page.get_by_test_id("search-results").get_by_role("option").first.wait_for()
    expect(page.locator(".search-similar")).to_be_hidden()


def test_a_river_opens_whole(visit):
    page = visit.open("/?lang=ru")
    page.get_by_test_id("search").fill("катунь")
    first = page.get_by_test_id("search-results").get_by_role("option").first
    expect(first).to_contain_text("Реки")
    first.click()
    expect(page.get_by_test_id("popup")).to_contain_text("Катунь")


def test_degrees_and_minutes_are_a_place(visit):
    page = visit.open("/?lang=ru")
    page.get_by_test_id("search").fill("51°59'40\" с.ш. 84°59' в.д.")
    option = page.get_by_test_id("search-results").get_by_role("option")
    expect(option).to_contain_text("51,99444°\u00a0с. ш.; 84,98333°\u00a0в. д.")
