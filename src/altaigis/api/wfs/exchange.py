"""One request on its way: who asked, in which language, and the addresses that its answer tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from fastapi import Request

from altaigis.api.links import Links
from altaigis.api.negotiation import spoken_language
from altaigis.api.protocol import LONGEST_URL
from altaigis.api.state import State
from altaigis.api.wfs.capabilities import language_named
from altaigis.api.wfs.parameters import Parameters, as_parameters
from altaigis.api.wfs.request import GetFeature
from altaigis.domain.layer import Layer
from altaigis.domain.text import Language
from altaigis.encoders.gml.versions import GML32, PREFIX, GmlVersion

#: Parameters that say which page is asked for.
_OF_PAGES = frozenset({"STARTINDEX", "COUNT", "MAXFEATURES", "VERSION"})


@dataclass(frozen=True)
class Exchange:
    """``parameters`` are those of the address or the form; None where the request came as XML."""

    request: Request
    services: State
    parameters: Parameters | None

    @cached_property
    def language(self) -> Language:
        told = self.parameters.get("LANGUAGE", "LANG", "ACCEPTLANGUAGES") if self.parameters else None
        return language_named(told) or spoken_language(self.request)

    @cached_property
    def root(self) -> str:
        """The address of the server."""
        return Links(self.request).root

    def schema(self, layers: list[Layer], version: GmlVersion) -> str:
        """Where the application schema of layers is."""
        types = ",".join(dict.fromkeys(f"{PREFIX}:{layer.id}" for layer in layers))
        key = "TYPENAMES" if version is GML32 else "TYPENAME"
        return self._href({"VERSION": version.wfs, "REQUEST": "DescribeFeatureType", key: types})

    def page(self, asked: GetFeature, start: int, count: int) -> str | None:
        """Where another page of the same question is, however this one was asked for; None where no address can say
        it, or none that is read: who has sent the question can send it again with another start."""
        told = self.parameters.all if self.parameters else as_parameters(asked)
        if told is None:
            return None
        kept = {name: value for name, value in told.items() if name not in _OF_PAGES}
        place = {"VERSION": asked.version.number, "STARTINDEX": str(start), "COUNT": str(count)}
        address = self._href({**kept, **place})
        return address if len(address) <= LONGEST_URL else None

    def _href(self, parameters: Mapping[str, str]) -> str:
        return f"{self.root}/wfs?{urlencode({'SERVICE': 'WFS', **parameters})}"
