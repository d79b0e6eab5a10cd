"""What the parts of a layer file have in common: they are frozen, and know every key that they may hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: PostgreSQL names end at 63 bytes and a table's name carries its revision behind the layer's id.
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)
