"""The steps of cleaning and checking, each with the number of rows that it changed or refused, none left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.rules import RULES, rule_named

#: Steps that every layer with a geometry goes through.
_OF_GEOMETRY = (
    "ring closed", "geometry null", "geometry empty", "geometry finite", "axes", "geometry bounds", "geometry valid",
    "geometry mixed", "geometry type", "geometry parts", "sliver",
)  # fmt: skip
#: What is refused for these has no geometry, and is counted so.
_GIVE_NONE = ("coordinates", "key", "geometry", "osm")


def steps(layer: Layer, findings: Sequence[Finding], changed: Mapping[str, int]) -> list[dict[str, Any]]:
    """One entry a step, in the order of the steps: its rule, and how many rows it repaired, refused or told of.

    Args:
        changed: rows by the rules that find or change what is no finding, such as the conversion of units.
    """
    rows = {(f.rule, f.severity, f.row) for f in findings if f.row is not None}
    unread = {row for rule, severity, row in rows if rule in _GIVE_NONE and severity == "error"}
    changed = {**changed, "geometry null": max(0, changed.get("geometry null", 0) - len(unread))}
    found = Counter((rule, severity) for rule, severity, _ in rows)
    asked = {*_asked(layer), *filter(changed.get, changed), *(rule for rule, _ in found)}
    order = list(RULES)
    table = []
    for rule in sorted(asked, key=lambda name: (order.index(name) if name in order else len(order), name)):
        count = changed.get(rule, 0) + found[rule, "warning"]
        repaired, told = (count, 0) if rule_named(rule).repairs else (0, count)
        table.append({"rule": rule, "repaired": repaired, "refused": found[rule, "error"], "told": told})
    return table


def _asked(layer: Layer) -> set[str]:
    """The rules that the layer's data have to pass, whether they break them or not."""
    rules = {"duplicate"}
    if layer.geometry_field:
        rules.update(_OF_GEOMETRY)
    if layer.relations:
        rules.add("within")
    if any(relation.agree for relation in layer.relations):
        rules.add("agree")
    if layer.source.pad:
        rules.add("padded")
    for field in layer.fields.values():
        if field.from_unit:
            rules.add("unit")
        if field.type in ("integer", "number", "boolean", "date", "datetime") and not field.compute:
            rules.add(f"type {field.type}")
        rules.update(name for name in ("range", "pattern", "values", "references") if getattr(field, name) is not None)
        rules.update(name for name in ("required", "unique") if getattr(field, name) or field.role == "id")
    return rules
