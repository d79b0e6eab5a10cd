"""The folders of raw files: data/raw, and those that were added to it."""

from dataclasses import dataclass
from pathlib import Path

from altaigis.errors import SourceError


@dataclass(frozen=True)
class RawData:
    """Folders of raw files that are used as if they were one, or the only one; what is written goes to the first."""

    folders: tuple[Path, ...]

    def __truediv__(self, name: str) -> Path:
        """The path of a file: in the folder that has it, in the first where none has.

        Raises:
            SourceError: two folders have a file of this name; which one is meant is not ours to say.
        """
        found = [folder / name for folder in self.folders if (folder / name).exists()]
        others = [path for path in found[1:] if not path.samefile(found[0])]
        if others:
            raise SourceError(f"there are two raw files {name}: {found[0]} and {others[0]}; call one of them otherwise")
        return found[0] if found else self.folders[0] / name
