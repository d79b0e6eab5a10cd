"""layers/alerts/*.yaml -> AlertRules: when somebody should look.

As with layer files, every mistake of every file is told.
"""

from pathlib import Path

from altaigis.documents import File, named_twice, read_file
from altaigis.domain.alert import NO_RULES, AlertRules
from altaigis.errors import Mistake

FOLDER = "alerts"


def read_alert_rules(layers: Path) -> tuple[AlertRules, list[Mistake]]:
    """The rules in a folder of layer files, and all that is wrong with them; where anything is, there are none."""
    folder = layers / FOLDER
    files: list[File[AlertRules]] = []
    mistakes: list[Mistake] = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        file, found = read_file(path, f"{FOLDER}/{path.name}", AlertRules)
        mistakes += found
        files += [file] if file else []
    mistakes += named_twice("rules", [(file, file.content.rules) for file in files])
    if mistakes:
        return NO_RULES, mistakes
    return AlertRules(rules={name: rule for file in files for name, rule in file.content.rules.items()}), []
