"""Words that the pages say in two languages: themes and kinds."""

from collections.abc import Mapping
from typing import Any

from altaigis.domain.text import LANGUAGES, Language, Text

THEMES: Mapping[str, Text] = {
    "territory": Text(ru="Территория", en="Territory"),
    "tourism": Text(ru="Курорты и туризм", en="Resorts and tourism"),
    "environment": Text(ru="Наблюдения за средой", en="Environmental monitoring"),
    "nature": Text(ru="Охрана природы", en="Nature protection"),
    "water": Text(ru="Реки и озёра", en="Rivers and lakes"),
    "relief": Text(ru="Рельеф и покров", en="Relief and land cover"),
    "statistics": Text(ru="Таблицы и показатели", en="Tables and indicators"),
    "analysis": Text(ru="Результаты анализа", en="Results of analyses"),
}
KINDS: Mapping[str, Text] = {
    "Point": Text(ru="точки", en="points"),
    "MultiPoint": Text(ru="точки", en="points"),
    "LineString": Text(ru="линии", en="lines"),
    "MultiLineString": Text(ru="линии", en="lines"),
    "Polygon": Text(ru="полигоны", en="polygons"),
    "MultiPolygon": Text(ru="полигоны", en="polygons"),
    "raster": Text(ru="растр", en="raster"),
    "table": Text(ru="таблица", en="table"),
    "text": Text(ru="текст", en="text"),
    "integer": Text(ru="целое число", en="whole number"),
    "number": Text(ru="число", en="number"),
    "boolean": Text(ru="да или нет", en="yes or no"),
    "date": Text(ru="дата", en="date"),
    "datetime": Text(ru="дата и время", en="date and time"),
}
#: What narrows a selection down, beside the fields of the layer.
CONDITIONS: Mapping[str, Text] = {
    "bbox": Text(ru="Прямоугольник", en="Box"),
    "datetime": Text(ru="Время", en="Time"),
    "ids": Text(ru="Коды", en="Ids"),
    "filter": Text(ru="Условие", en="Filter"),
}


def spoken(told: Any, language: Language) -> Any:
    """JSON in one language: what it has in both, ``{ru: …, en: …}``, is the text alone."""
    if isinstance(told, list):
        return [spoken(one, language) for one in told]
    if not isinstance(told, dict):
        return told
    if told.keys() == set(LANGUAGES):
        return told[language]
    return {name: spoken(one, language) for name, one in told.items()}
