"""YAML that people write: what it holds, and where in it a mistake stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from altaigis.errors import Mistake

#: A file is some hundred lines; a larger one is something else by mistake.
MAX_BYTES = 100_000

Content = TypeVar("Content", bound=BaseModel)


@dataclass(frozen=True)
class File(Generic[Content]):
    """A file that holds what it should. ``document`` is what was read of it, and knows the lines."""

    name: str
    document: Any
    content: Content

    def mistake(self, key: str, problem: str) -> Mistake:
        return Mistake(self.name, line_of(self.document, key.split(".")), key, problem)


def read_file(path: Path, name: str, model: type[Content]) -> tuple[File[Content] | None, list[Mistake]]:
    """A file of keys as the model has them, or all that is wrong with it.

    Args:
        name: what mistakes call the file.
    """
    document, mistake = read_document(path, name, ", ".join(model.model_fields))
    if mistake:
        return None, [mistake]
    try:
        return File(name, document, model.model_validate(document)), []
    except ValidationError as error:
        return None, [found for detail in error.errors() for found in mistakes_of(name, document, detail)]


def named_twice(key: str, files: Iterable[tuple[File[Any], Mapping[str, Any]]]) -> Iterator[Mistake]:
    """Codes below a key that an earlier file has, too.

    Args:
        files: each with what stands below the key, by code.
    """
    first: dict[str, str] = {}
    for file, codes in files:
        for code in codes:
            if code in first:
                yield file.mistake(f"{key}.{code}", f"{code} is also in {first[code]}")
            first.setdefault(code, file.name)


def read_document(path: Path, name: str, keys: str) -> tuple[Any, Mistake | None]:
    """What a file holds, which knows its lines; or why that cannot be told.

    Args:
        name: what mistakes call the file.
        keys: some of those that it should hold.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, Mistake(name, None, "", f"is larger than {MAX_BYTES} bytes")
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = (error.problem or "is not YAML").splitlines()[0]
        return None, Mistake(name, line, "", f"is not valid YAML: {problem}")
    except (YAMLError, OSError, ValueError, RecursionError) as error:
        # ValueError: bytes that are not UTF-8, and scalars that say to be a date or a number and are none
        return None, Mistake(name, None, "", f"cannot be read: {str(error).splitlines()[0]}")
    if not isinstance(document, dict):
        return None, Mistake(name, None, "", f"must hold keys and values ({keys})")
    return document, None


def mapping(node: Any) -> dict[str, Any]:
    """The node if it is a mapping, else an empty one."""
    return node if isinstance(node, dict) else {}


def items_of(node: Any) -> list[Any]:
    """The node if it is a list, else an empty one."""
    return node if isinstance(node, list) else []


def mistakes_of(name: str, document: Any, detail: ErrorDetails) -> Iterator[Mistake]:
    """An error of a model as mistakes in the file that it was read from."""
    context = detail.get("ctx", {})
    if "problems" in context:  # the layer's own consistency rules come as one error with many problems
        for place, problem in context["problems"]:
            key = place.rstrip(".")
            yield Mistake(name, line_of(document, key.split(".")), key, problem)
        return
    path = _path_in(document, detail["loc"], missing=detail["type"] == "missing")
    problem = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "missing":
        problem = "is required"
    elif detail["type"] == "extra_forbidden":
        problem = "is not a key that is known here"
    elif not isinstance(detail["input"], dict | list):
        problem = f"{problem[0].lower()}{problem[1:]}, got {detail['input']!r}"
    yield Mistake(name, line_of(document, path), ".".join(path), problem)


def _path_in(document: Any, location: Iterable[int | str], *, missing: bool) -> list[str]:
    """The error's location as keys of the document: pydantic adds names of union members, which no file has."""
    path: list[str] = []
    node: Any = document
    parts = list(location)
    for number, part in enumerate(parts):
        inside = part in node if isinstance(node, dict) else isinstance(node, list) and part in range(len(node))
        if inside:
            node = node[part]
        if inside or (missing and number == len(parts) - 1):
            path.append(str(part))
    return path


def line_of(document: Any, path: Iterable[str]) -> int | None:
    """Line of the deepest key of the path that the document has."""
    node, line = document, None
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            if part in (node.lc.data or {}):  # a key that came by "<<" has no line here
                line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and part.isdigit() and int(part) < len(node):
            line = node.lc.item(int(part))[0] + 1
            node = node[int(part)]
        else:
            break
    return line
