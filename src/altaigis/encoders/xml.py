"""Text in XML: no character that XML 1.0 forbids."""

import re
from collections.abc import Mapping

_SPECIAL = re.compile('[&<>"\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}


def escape(text: str) -> str:
    """Text for an element or an attribute in double quotes; what XML cannot hold becomes U+FFFD."""
    return _SPECIAL.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], "\ufffd")


def element(name: str, attributes: Mapping[str, object], *content: str) -> str:
    """An element; its content is XML already, its attributes are text. Those that are None are left out."""
    opened = start(name, attributes)
    return f"{opened}{''.join(content)}</{name}>" if content else f"{opened[:-1]}/>"


def start(name: str, attributes: Mapping[str, object]) -> str:
    """The start tag of an element."""
    written = "".join(f' {key}="{_attribute(str(value))}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{written}>"


def _attribute(text: str) -> str:
    # written as they are, a reader takes both for spaces
    return escape(text).replace("\n", "&#10;").replace("\t", "&#9;")
