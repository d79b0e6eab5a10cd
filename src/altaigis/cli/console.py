"""What a person at a terminal reads: results on one stream, everything else on the other."""

import json
from typing import Any

from rich.console import Console

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

#: Something that must be right before any work begins is not: settings, layer files, database.
EXIT_UNUSABLE = 2
EXIT_FAILED = 1


def say(line: str) -> None:
    out.print(line, markup=False)


def say_json(document: dict[str, Any]) -> None:
    say(json.dumps(document, ensure_ascii=False))
