"""What the parts of a layer file have in common: they are frozen, and know every key that they may hold."""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: PostgreSQL names end at 63 bytes and a table's name carries its revision behind the layer's id.
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


def kind_by_key(kinds: Mapping[str, str]) -> Callable[[object], str | None]:
    """Tells which member of a union is meant, by the first key that it alone has: a mistake is then told of that one.

    Args:
        kinds: the tag of the member by each of its keys.
    """

    def kind(value: object) -> str | None:
        keys = set(value) if isinstance(value, Mapping) else set(getattr(type(value), "model_fields", ()))
        return next((tag for key, tag in kinds.items() if key in keys), None)

    return kind
