"""The id of a feature in GML, ``{layer}.{fid}`` with what an XML name cannot hold escaped, and the way back."""

import re
from collections.abc import Iterable

from altaigis.domain.expression import Call, Expression, Literal, Property, call
from altaigis.domain.layer import Layer

#: ``№`` in an id is ``_x2116_``; an underscore that would look like the begin of such a place is escaped itself.
_ESCAPED = re.compile(r"_x([0-9A-F]{4,6})_")
#: What has no place in an XML name of ASCII, and an underscore that would look like such a place.
_SPECIAL = re.compile(r"[^A-Za-z0-9._-]|_(?=x[0-9A-F]{4})")
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def gml_id(layer_id: str, fid: str) -> str:
    """The id of a feature, as the database writes it in answers."""
    return f"{layer_id}.{_SPECIAL.sub(lambda found: f'_x{ord(found[0]):04X}_', fid)}"


def split_gml_id(gml_id: str) -> tuple[str, str]:
    """The id of the layer and of the feature in it; an id of the layer alone, or of none, has an empty second part."""
    layer, _, name = gml_id.partition(".")
    return layer, _ESCAPED.sub(_character, name)


def identified(gml_ids: Iterable[str], layer: Layer) -> Expression:
    """The features of the layer with one of these ids; what is no id of this layer matches nothing."""
    own = Property(layer.id_field)
    names = (fid for name, fid in map(split_gml_id, gml_ids) if name == layer.id and fid)
    fids = list(dict.fromkeys(found for fid in names if (found := _typed(layer, fid)) is not None))
    if not fids:
        return Literal(False)
    return call("=", own, fids[0]) if len(fids) == 1 else Call("in", (own, *fids))


def _typed(layer: Layer, fid: str) -> Literal | None:
    if layer.fields[layer.id_field].type == "text":
        return None if re.search("[\0\ud800-\udfff]", fid) else Literal(fid)
    return Literal(int(fid)) if _WHOLE.fullmatch(fid) else None


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code < 0x110000 else found[0]
