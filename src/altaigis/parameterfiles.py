"""layers/parameters/*.yaml -> Parameters: what stations measure, a file a medium.

As with layer files, every mistake of every file is told.
"""

from pathlib import Path

from altaigis.documents import File, named_twice, read_file
from altaigis.domain.parameter import NO_PARAMETERS, ParameterGroup, Parameters
from altaigis.errors import Mistake

FOLDER = "parameters"


def read_parameters(layers: Path) -> tuple[Parameters, list[Mistake]]:
    """The parameters in a folder of layer files, and all that is wrong with them; where anything is, there are none."""
    folder = layers / FOLDER
    files: dict[str, File[ParameterGroup]] = {}
    mistakes: list[Mistake] = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        file, found = read_file(path, f"{FOLDER}/{path.name}", ParameterGroup)
        mistakes += found
        files |= {path.stem: file} if file else {}
    mistakes += named_twice("parameters", [(file, file.content.parameters) for file in files.values()])
    if mistakes:
        return NO_PARAMETERS, mistakes
    return Parameters({stem: file.content for stem, file in files.items()}), []
