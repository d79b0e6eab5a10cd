"""Filter_Capabilities of each version, printed from the tables by which filters are read."""

from collections.abc import Iterable, Mapping

from altaigis.api.wfs.protocol import V10, V11, V20, Version
from altaigis.encoders.xml import element
from altaigis.filters.fes_operators import ARITHMETIC, COMPARISONS, FUNCTIONS, SPATIALS, TEMPORALS
from altaigis.filters.gml import OPERANDS

#: What FES 2.0 asks a server to tell of (OGC 09-026r2, table 4).
CONFORMANCE: Mapping[str, bool] = {
    "ImplementsQuery": True,
    "ImplementsAdHocQuery": True,
    "ImplementsFunctions": True,
    "ImplementsResourceId": True,
    "ImplementsMinStandardFilter": True,
    "ImplementsStandardFilter": True,
    "ImplementsMinSpatialFilter": True,
    "ImplementsSpatialFilter": True,
    "ImplementsMinTemporalFilter": True,
    "ImplementsTemporalFilter": True,
    "ImplementsVersionNav": False,
    "ImplementsSorting": True,
    "ImplementsExtendedOperators": False,
    # a step with a position, name[1], is none of ours
    "ImplementsMinimumXPath": False,
    "ImplementsSchemaElementFunc": False,
}
#: What FES 2.0 has no name for stands there as an extension.
_EXTENSIONS = frozenset({"AnyInteracts"})
_TEMPORAL_OPERANDS = ("gml:TimeInstant", "gml:TimePeriod")


def operators(version: Version) -> str:
    """The element, with the prefixes ows, gml and xs of its document where it is one of 2.0 or 1.1."""
    return _BY_VERSION[version]()


def constraint(name: str, *, holds: bool, prefix: str = "ows") -> str:
    """Whether something is so, in words of OWS 1.1."""
    return element(
        f"{prefix}:Constraint",
        {"name": name},
        element("ows:NoValues", {}),
        element("ows:DefaultValue", {}, str(holds).upper()),
    )


def _named(name: str, names: Iterable[str]) -> str:
    return "".join(element(name, {"name": told}) for told in names)


def _of_2_0() -> str:
    claims = (constraint(name, holds=holds, prefix="fes") for name, holds in CONFORMANCE.items())
    comparisons = element("fes:ComparisonOperators", {}, _named("fes:ComparisonOperator", COMPARISONS))
    relations = [name for name in TEMPORALS if name not in _EXTENSIONS]
    relations += [f"extension:{name}" for name in TEMPORALS if name in _EXTENSIONS]
    return element(
        "fes:Filter_Capabilities",
        {},
        element("fes:Conformance", {}, *claims),
        element("fes:Id_Capabilities", {}, _named("fes:ResourceIdentifier", ["fes:ResourceId"])),
        element("fes:Scalar_Capabilities", {}, element("fes:LogicalOperators", {}), comparisons),
        element(
            "fes:Spatial_Capabilities",
            {},
            element("fes:GeometryOperands", {}, _named("fes:GeometryOperand", (f"gml:{name}" for name in OPERANDS))),
            element("fes:SpatialOperators", {}, _named("fes:SpatialOperator", SPATIALS)),
        ),
        element(
            "fes:Temporal_Capabilities",
            {},
            element("fes:TemporalOperands", {}, _named("fes:TemporalOperand", _TEMPORAL_OPERANDS)),
            element("fes:TemporalOperators", {}, _named("fes:TemporalOperator", relations)),
        ),
        element("fes:Functions", {}, *map(_function, FUNCTIONS)),
    )


def _function(name: str) -> str:
    known = FUNCTIONS[name]
    arguments = (
        element("fes:Argument", {"name": f"value{number}"}, element("fes:Type", {}, kind))
        for number, kind in enumerate(known.takes, 1)
    )
    return element(
        "fes:Function",
        {"name": name},
        element("fes:Returns", {}, known.gives),
        element("fes:Arguments", {}, *arguments),
    )


def _of_1_1() -> str:
    known = [name for name in _OPERANDS_OF_1_1 if name in OPERANDS]
    comparisons = (element("ogc:ComparisonOperator", {}, name) for name in COMPARISONS.values() if name)
    return element(
        "ogc:Filter_Capabilities",
        {},
        element(
            "ogc:Spatial_Capabilities",
            {},
            element("ogc:GeometryOperands", {}, *(element("ogc:GeometryOperand", {}, f"gml:{name}") for name in known)),
            element("ogc:SpatialOperators", {}, _named("ogc:SpatialOperator", SPATIALS)),
        ),
        element(
            "ogc:Scalar_Capabilities",
            {},
            element("ogc:LogicalOperators", {}),
            element("ogc:ComparisonOperators", {}, *comparisons),
            element(
                "ogc:ArithmeticOperators",
                {},
                element("ogc:SimpleArithmetic", {}),
                element("ogc:Functions", {}, element("ogc:FunctionNames", {}, *_counted("ogc:FunctionName"))),
            ),
        ),
        element("ogc:Id_Capabilities", {}, element("ogc:EID", {}), element("ogc:FID", {})),
    )


def _of_1_0() -> str:
    spatials = ("Intersect" if name == "Intersects" else name for name in SPATIALS)
    return element(
        "ogc:Filter_Capabilities",
        {},
        element(
            "ogc:Spatial_Capabilities",
            {},
            element("ogc:Spatial_Operators", {}, *(element(f"ogc:{name}", {}) for name in spatials)),
        ),
        element(
            "ogc:Scalar_Capabilities",
            {},
            element("ogc:Logical_Operators", {}),
            element(
                "ogc:Comparison_Operators",
                {},
                *(element(f"ogc:{name}", {}) for name in ("Simple_Comparisons", "Like", "Between", "NullCheck")),
            ),
            element(
                "ogc:Arithmetic_Operators",
                {},
                element("ogc:Simple_Arithmetic", {}),
                element("ogc:Functions", {}, element("ogc:Function_Names", {}, *_counted("ogc:Function_Name"))),
            ),
        ),
    )


def _counted(name: str) -> Iterable[str]:
    """Functions with the number of their arguments; those with elements of their own are told elsewhere."""
    plain = (known for known in FUNCTIONS if known not in ARITHMETIC)
    return (element(name, {"nArgs": len(FUNCTIONS[known].takes)}, known) for known in plain)


#: The operands that its schema has a word for.
_OPERANDS_OF_1_1 = ("Envelope", "Point", "LineString", "Polygon")
_BY_VERSION = {V20: _of_2_0, V11: _of_1_1, V10: _of_1_0}
