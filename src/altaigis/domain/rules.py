"""The rules by which the ETL finds something, in words for people: a name and an explanation in both languages."""

from dataclasses import dataclass

from altaigis.domain.text import Text


@dataclass(frozen=True)
class Rule:
    """``repairs`` is true of rules by which data are put right: their warnings say that something was changed."""

    name: Text
    explanation: Text
    repairs: bool = False


def _rule(name_ru: str, name_en: str, explanation_ru: str, explanation_en: str, *, repairs: bool = False) -> Rule:
    return Rule(Text(ru=name_ru, en=name_en), Text(ru=explanation_ru, en=explanation_en), repairs)


_TYPES = {
    "text": _rule("не текст", "not text", "Значение нельзя сохранить как текст.", "The value cannot be kept as text."),
    "integer": _rule(
        "не целое число", "not a whole number",
        "Значение поля не читается как целое число.", "The value cannot be read as a whole number.",
    ),
    "number": _rule(
        "не число", "not a number", "Значение поля не читается как число.", "The value cannot be read as a number."
    ),
    "boolean": _rule(
        "не «да» и не «нет»", "neither yes nor no",
        "Значение поля не читается как «да» или «нет».", "The value cannot be read as yes or no.",
    ),
    "date": _rule(
        "неверная дата", "wrong date",
        "Такого дня нет в календаре, или дата записана неоднозначно.",
        "There is no such day in the calendar, or it is written so that it could be two.",
    ),
    "datetime": _rule(
        "неверное время", "wrong time",
        "Время не читается, не имеет часового пояса или на часах было дважды или никогда.",
        "The time cannot be read, has no zone, or was shown by the clocks twice or never.",
    ),
}  # fmt: skip

#: In the order of the steps in which they are asked.
RULES: dict[str, Rule] = {
    "source": _rule(
        "источник непригоден", "unusable source",
        "Файл отсутствует, повреждён или не таков, как описано в файле слоя; загруженное осталось прежним.",
        "The file is missing, broken or not as the layer file says; what was loaded stays.",
    ),
    "remote": _rule(
        "источник недоступен", "source away",
        "Сервер источника не ответил как надо; использована последняя хорошая копия.",
        "The server of the source gave no good answer; the last good copy was used.",
    ),
    "crashed": _rule(
        "ошибка программы", "fault of the program",
        "Загрузка прервана ошибкой самой AltaiGIS; загруженное осталось прежним. Подробности — в журнале слоя.",
        "A fault of AltaiGIS itself ended the load; what was loaded stays. The layer's history has the details.",
    ),
    "empty": _rule(
        "слой опустел бы", "would be empty",
        "В источнике не осталось ни одного годного объекта, а в слое они есть; загруженное осталось прежним.",
        "The source has no good feature left, and the layer has some; what was loaded stays.",
    ),
    "fewer": _rule(
        "стало намного меньше", "far fewer",
        "Объектов меньше половины того, что было в слое.", "Less than half of the layer's features are left.",
    ),
    "crs": _rule(
        "система координат другая", "another CRS",
        "Файл называет другую систему координат, чем файл слоя; верят файлу слоя.",
        "The file names another CRS than the layer file does; the layer file is believed.",
    ),
    "not written": _rule(
        "не записано", "not written",
        "На диске нет места или нет доступа к папке; загруженное осталось прежним.",
        "A disk is full, or a folder is closed; what was loaded stays.",
    ),
    "duplicate": _rule(
        "копия строки", "copy of a row",
        "Строка дословно повторяет более раннюю и не загружена.",
        "The row says the same as an earlier one, word for word, and was left out.",
    ),
    **{f"type {name}": rule for name, rule in _TYPES.items()},
    "unit": _rule(
        "пересчёт единиц", "units converted",
        "Число пересчитано из единицы источника в единицу слоя.",
        "The number was converted from the source's unit to the layer's.", repairs=True,
    ),
    "padded": _rule(
        "дополнение кодов нулями", "codes padded",
        "Коду возвращены ведущие нули.", "The code was given back its leading zeros.", repairs=True,
    ),
    "coordinates": _rule(
        "координаты не читаются", "unreadable coordinates",
        "В столбцах координат стоит не координата.", "What stands in the columns of coordinates is none.",
    ),
    "key": _rule(
        "нет объекта с таким кодом", "no feature with this code",
        "Строка берёт геометрию у объекта другого слоя, а объекта с таким кодом нет.",
        "The row takes its geometry from a feature of another layer, which has none with this code.",
    ),
    "ring closed": _rule(
        "незамкнутое кольцо", "open ring",
        "Граница полигона не возвращалась в начало и была замкнута.",
        "A polygon's border did not come back to its start, and was closed.", repairs=True,
    ),
    "fields": _rule(
        "лишние поля в строке", "too many fields",
        "В строке файла больше полей, чем в заголовке: где какое, сказать нельзя.",
        "The row has more fields than the header: which is which cannot be told.",
    ),
    "geometry": _rule(
        "геометрия не читается", "unreadable geometry",
        "Геометрию нельзя прочитать даже с исправлением.", "The geometry cannot be read, even with repairs.",
    ),
    "osm": _rule(
        "неполный объект OpenStreetMap", "incomplete OpenStreetMap object",
        "Из путей отношения не складывается граница, или части её нет.",
        "The ways of the relation make no border, or a part of it is missing.",
    ),
    "geometry null": _rule(
        "нет геометрии", "no geometry",
        "У строки нет геометрии.", "The row has no geometry.",
    ),
    "geometry empty": _rule(
        "пустая геометрия", "empty geometry",
        "Геометрия есть, но в ней нет ни одной точки.", "There is a geometry, but no point in it.",
    ),
    "geometry finite": _rule(
        "бесконечные координаты", "infinite coordinates",
        "Координата — не число или бесконечность.", "A coordinate is not a number, or infinite.",
    ),
    "axes": _rule(
        "оси переставлены", "swapped axes",
        "Объект лежит далеко от края, а с переставленными осями — в нём.",
        "The feature lies far from the krai, and in it with its axes exchanged.",
    ),
    "geometry bounds": _rule(
        "за пределами Земли", "beyond the globe",
        "Широта или долгота невозможна: вероятно, указана не та система координат.",
        "Longitude or latitude is impossible: the CRS is probably another one.",
    ),
    "projection": _rule(
        "неточный пересчёт координат", "rough projection",
        "Для этого места неизвестен сдвиг между датумами; ошибка может превышать 200 м.",
        "No shift between the datums is known for the place; coordinates may be off by 200 m or more.",
    ),
    "geometry valid": _rule(
        "геометрия исправлена", "geometry repaired",
        "Граница пересекала или касалась сама себя; исправлена с сохранением площади.",
        "A border crossed or touched itself; it was repaired and keeps its area.", repairs=True,
    ),
    "geometry mixed": _rule(
        "приведение к одному типу", "brought to one type",
        "Одиночная геометрия стала составной или наоборот.",
        "A single geometry became a multi, or the reverse.", repairs=True,
    ),
    "geometry heights": _rule(
        "отброшены высоты", "heights left out",
        "У координат была высота; в слое её нет.",
        "The coordinates had heights, which layers do not keep.", repairs=True,
    ),
    "geometry type": _rule(
        "не тот тип геометрии", "wrong type of geometry",
        "Геометрию нельзя привести к типу слоя.", "The geometry cannot become of the layer's type.",
    ),
    "geometry parts": _rule(
        "отброшены части", "parts left out",
        "Отброшены части геометрии, которых в этом типе быть не может.",
        "Parts of the geometry that its type cannot have were left out.", repairs=True,
    ),
    "sliver": _rule(
        "щель у́же 10 см", "sliver",
        "Полигоны и дыры у́же 10 см не имеют смысла: они убраны.",
        "Polygons and holes narrower than 10 cm mean nothing: they were removed.", repairs=True,
    ),
    "within": _rule(
        "вне территории", "outside",
        "Объект лежит вне слоя, в котором он должен лежать.",
        "The feature lies outside the layer in which it must lie.",
    ),
    "agree": _rule(
        "код не совпадает с местом", "code and place disagree",
        "Код в строке не тот, что у объекта, в котором она лежит.",
        "The row's code is not that of the feature in which it lies.",
    ),
    "required": _rule("нет значения", "no value", "Обязательное поле пусто.", "A field that is required is empty."),
    "unique": _rule(
        "значение повторяется", "value repeated",
        "Значение, которое должно быть единственным, уже есть в более ранней строке.",
        "A value that must stand once stands in an earlier row.",
    ),
    "range": _rule(
        "вне пределов", "out of range",
        "Значение меньше или больше допустимого.", "The value is smaller or larger than is allowed.",
    ),
    "pattern": _rule(
        "не по образцу", "wrong pattern",
        "Запись значения не соответствует образцу.", "The value is not written as the pattern says.",
    ),
    "values": _rule(
        "нет в списке значений", "not a listed value",
        "Значения нет в перечне допустимых.", "The value is not one of those that are allowed.",
    ),
    "references": _rule(
        "ссылка в никуда", "dangling reference",
        "Такого кода нет в слое, на который ссылается поле.",
        "The layer to which the field refers has no such value.",
    ),
    "coverage": _rule(
        "разрыв или наложение границ", "gap or overlap",
        "Полигоны должны покрывать территорию без разрывов и наложений.",
        "The polygons must tile their territory without gaps and overlaps.",
    ),
    "count": _rule(
        "не то число объектов", "wrong number of features",
        "Годных объектов не столько, сколько должно быть в слое.",
        "The number of good features is not what the layer must have.",
    ),
    "sum": _rule(
        "сумма не сходится", "wrong sum",
        "Сумма значений отличается от известного итога.", "The sum of the values is not the known total.",
    ),
    "covers": _rule(
        "покрыто не всё", "not covered",
        "Слой в целом должен покрывать объекты другого слоя, а часть осталась непокрытой.",
        "The layer as a whole must cover the features of another one, and leaves a part out.",
    ),
    "type": _rule(
        "значение другого типа", "value of another type",
        "В правке значение поля не того типа, какой у поля.",
        "An edit gives a field a value of another type than the field has.",
    ),
    "geometry coverage": _rule(
        "граница не сходится", "border does not fit",
        "Правка оставила бы наложение или просвет между соседями; слой хранит их общую границу.",
        "The edit would leave an overlap or a gap between neighbours; the layer keeps their common border.",
    ),
    "conflict": _rule(
        "правка и источник расходятся", "edit and source differ",
        "Источник изменил значение, которое задал человек; осталось заданное человеком.",
        "The source has changed a value that a person has set; what the person has set stands.",
    ),
    "gone from the source": _rule(
        "исчезло из источника", "gone from the source",
        "В источнике объекта больше нет, но человек его правил, и он остался.",
        "The source no longer has the feature, but a person has edited it, and it stays.",
    ),
    "nodata": _rule(
        "пустоты растра", "nodata of a raster",
        "Пиксели без данных не объявлены или их слишком много.",
        "Pixels without data are not declared, or there are too many.",
    ),
    "palette": _rule(
        "классы вне палитры", "classes without a colour",
        "В растре есть значения, которых нет в палитре.", "The raster has values that its palette lacks.",
    ),
    "ramp": _rule(
        "значения вне шкалы", "values off the ramp",
        "Все значения растра лежат вне шкалы: вероятно, не та единица.",
        "All values of the raster lie outside of its ramp: the unit is probably another one.",
    ),
    "indicator": _rule(
        "показатель не вычислен", "indicator not made",
        "Значений показателя нет: не хватает исходных данных или они не подходят. Остальные показатели есть.",
        "The indicator has no values: what it is made from is missing or unfit. The others are there.",
    ),
    "observation": _rule(
        "наблюдения отвергнуты", "observations refused",
        "Строки с наблюдениями не загружены; причина и число строк — в замечании.",
        "Rows of observations were not loaded; the message tells why, and how many.",
    ),
}  # fmt: skip


def rule_named(name: str) -> Rule:
    """A rule in words; one that the ledger keeps from another version stands for itself."""
    return RULES.get(name) or Rule(Text(ru=name, en=name), Text(ru=name, en=name))
