"""Processes as they are described: in one language, in OpenAPI 3.0's dialect of JSON Schema."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from altaigis.domain.text import Language, Text

if TYPE_CHECKING:
    from altaigis.processes.process import Process

#: An input that each process takes beside its own: of all chance in a run.
SEED = "seed"
LARGEST_SEED = 2**53 - 1
_SEED_TITLE = Text(ru="Начало случайных чисел", en="Seed")
_SEED_DESCRIPTION = Text(
    ru="С тем же числом тот же расчёт даёт тот же результат.", en="With the same number the same run gives the same."
)
#: What each process gives, by name: title, description, schema.
OUTPUTS: Mapping[str, tuple[Text, Text, dict[str, Any]]] = {
    "result": (
        Text(ru="Слой результата", en="Layer of the result"),
        Text(
            ru="Коллекция с результатом для каждой единицы: на карте, в GeoJSON и CSV, в QGIS.",
            en="A collection with the result of each unit: on the map, in GeoJSON and CSV, in QGIS.",
        ),
        {"type": "object", "required": ["href"], "properties": {"href": {"type": "string", "format": "uri"}}},
    ),
    "summary": (
        Text(ru="Сводка", en="Summary"),
        Text(
            ru="Показатели целого, замечания и то, что результат значит и чего не значит.",
            en="Figures of the whole, flags, and what the result means and what it does not.",
        ),
        {"type": "object", "contentMediaType": "application/json"},
    ),
}


@cache
def offered() -> Mapping[str, "Process"]:
    """All processes by id. The libraries of the analyses have their place in memory when somebody asks for them, not in
    every server."""
    from altaigis.processes.registry import PROCESSES

    return PROCESSES


def inputs_of(process: "Process", language: Language) -> dict[str, Any]:
    """The descriptions of a process's inputs, by name."""
    schema = process.schema
    required = schema.get("required", ())
    found = {
        name: _described(name, _plain(own, schema.get("$defs", {}), language), is_required=name in required)
        for name, own in schema.get("properties", {}).items()
    }
    if SEED not in found:
        seed = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED, "default": 0}
        words = {"title": _SEED_TITLE.in_(language), "description": _SEED_DESCRIPTION.in_(language)}
        found[SEED] = _described(SEED, {**words, **seed}, is_required=False)
    return found


def spoken_inputs(process: "Process", inputs: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Inputs of a run as a page tells them: by their titles, choices in words, without those that are not given."""
    described = inputs_of(process, language)
    return {
        described[name]["title"] if name in described else name: _spoken(
            described.get(name, {}).get("schema", {}), told
        )
        for name, told in inputs.items()
        if told is not None
    }


def outputs_of(process: "Process", language: Language) -> dict[str, Any]:
    """The descriptions of what a process gives, by name."""
    *_, reference = OUTPUTS["result"]
    more = {name: (title, description, reference) for name, (title, description) in process.outputs.items()}
    return {
        name: {"title": title.in_(language), "description": description.in_(language), "schema": schema}
        for name, (title, description, schema) in {**OUTPUTS, **more}.items()
    }


def _spoken(schema: Mapping[str, Any], told: Any) -> Any:
    if isinstance(told, list):
        return [_spoken(schema.get("items", {}), one) for one in told]
    schema = _fitting(schema, told)
    if not isinstance(told, dict):
        return schema.get("x-choices", {}).get(told, told) if isinstance(told, str) else told
    known = schema.get("properties", {})
    return {
        known.get(name, {}).get("title", name): _spoken(known.get(name, {}), inner)
        for name, inner in told.items()
        if inner is not None
    }


def _fitting(schema: Mapping[str, Any], told: Any) -> Mapping[str, Any]:
    """Of the forms that an input may have, the one that this has."""
    forms = schema.get("anyOf", schema.get("oneOf"))
    if forms is None:
        return schema
    names = told.keys() if isinstance(told, dict) else ()
    fit = (form for form in forms if isinstance(told, dict) and names <= form.get("properties", {}).keys())
    return next(fit, {})


def _described(name: str, schema: dict[str, Any], *, is_required: bool) -> dict[str, Any]:
    schema = dict(schema)
    words = {"title": schema.pop("title", name), "description": schema.pop("description", "")}
    return {**words, "minOccurs": int(is_required), "maxOccurs": 1, "schema": schema}


def _plain(schema: Any, shared: Mapping[str, Any], language: Language) -> Any:
    """Pydantic's schema without references, with words in one language, and in the older dialect."""
    if isinstance(schema, list):
        return [_plain(part, shared, language) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = shared[schema["$ref"].rpartition("/")[2]] | {k: v for k, v in schema.items() if k != "$ref"}
    told = {
        name: _plain(value, shared, language)
        for name, value in schema.items()
        if name not in _WORDS and (name, value) != ("default", None)
    }
    for name, word in _WORDS.items():
        if name in schema:
            told[word] = _in_language(schema[name], language)
    return _older(told)


_WORDS = {"x-titles": "title", "x-descriptions": "description", "x-choices": "x-choices"}


def _in_language(words: Mapping[str, Any], language: Language) -> Any:
    if set(words) == {"ru", "en"}:
        return words[language]
    return {value: titles[language] for value, titles in words.items()}


def _older(schema: dict[str, Any]) -> dict[str, Any]:
    """Null, constants and open bounds as OpenAPI 3.0 writes them."""
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if bound in schema and not isinstance(schema[bound], bool):
            schema |= {limit: schema[bound], bound: True}
    if "prefixItems" in schema:
        schema["items"] = {"anyOf": schema.pop("prefixItems")}
    choices = schema.get("anyOf", ())
    if {"type": "null"} in choices:
        others = [choice for choice in choices if choice != {"type": "null"}]
        rest = {name: value for name, value in schema.items() if name != "anyOf"}
        one = others[0] if len(others) == 1 else {"anyOf": others}
        return {**one, **rest, "nullable": True}
    return schema


def pointer(body: Any, path: Sequence[str]) -> str:
    """The JSON pointer (RFC 6901) of a place in a body; steps of the path that no body has, such as the name of one of
    several forms of an input, are left out."""
    found, here = "", body
    for number, step in enumerate(path, 1):
        if isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        elif isinstance(here, dict) and (step in here or number == len(path)):
            here = here.get(step)
        else:
            continue
        found += "/" + step.replace("~", "~0").replace("/", "~1")
    return found
