"""What clients ask: a noun for each operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from altaigis.api.wfs.protocol import Version

Element: TypeAlias = etree._Element


@dataclass(frozen=True)
class GetCapabilities:
    """``sections`` are those of the document that are wanted, as they are written; all where none is named."""

    version: Version
    sections: frozenset[str] = frozenset()
    sequence: str | None = None


@dataclass(frozen=True)
class DescribeFeatureType:
    """``types`` are layer ids; none means all."""

    version: Version
    types: tuple[str, ...] = ()
    output_format: str | None = None


@dataclass(frozen=True)
class Query:
    """Features of one type; all conditions have to hold. ``type_name`` is a layer id, None where only ids are told;
    ``order`` are property names and whether the largest comes first; ``where`` is a filter as it came; ``aliases`` are
    other names of the type in paths of properties."""

    type_name: str | None
    where: Element | str | None = field(default=None, compare=False)
    box: str | None = None
    ids: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    srs_name: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredCall:
    """A stored query with the values of its parameters, by their names in small letters."""

    id: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class GetFeature:
    """``count`` and ``start`` are of all queries together, in their order; ``value_reference`` is that of
    GetPropertyValue, which asks for the values of one property instead of features."""

    version: Version
    queries: tuple[Query | StoredCall, ...]
    is_count: bool = False
    count: int | None = None
    start: int = 0
    output_format: str | None = None
    value_reference: str | None = None


@dataclass(frozen=True)
class ListStoredQueries:
    version: Version


@dataclass(frozen=True)
class DescribeStoredQueries:
    """``ids`` are those of stored queries; none means all."""

    version: Version
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transaction:
    """``body`` is the whole request, None where it came as a form, in ``parameters`` by names in capitals."""

    version: Version
    body: Element | None = field(default=None, compare=False)
    parameters: Mapping[str, str] = field(default_factory=dict)


Operation: TypeAlias = (
    GetCapabilities | DescribeFeatureType | GetFeature | ListStoredQueries | DescribeStoredQueries | Transaction
)
