"""Archives of strangers: unpacked within bounds, and nowhere but into the folder that is given."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import gettempdir

from altaigis.store.files import own_folder

#: Bytes that an archive may unpack to, how many times its own size once it is large, and in how many files.
MAX_BYTES = 2 << 30
MAX_RATIO = 200
RATIO_COUNTS_FROM = 10 << 20
MAX_MEMBERS = 2000
_CHUNK = 1 << 20
_NESTED = (".zip", ".kmz", ".7z", ".rar", ".gz", ".tar")
_ENCRYPTED = 0x1


def check_archive(path: Path) -> None:
    """Raises ValueError: it is no ZIP file, or unpacking it would break the bounds, by what it says of itself."""
    with _opened(path) as archive:
        _check(path, archive)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A folder with the files of a ZIP archive, gone after use.

    Raises:
        ValueError: it is damaged or encrypted, breaks the bounds, climbs out, or holds another archive.
    """
    with own_folder(Path(gettempdir())) as folder, _opened(path) as archive:
        _check(path, archive)
        for member in archive.infolist():
            if not member.is_dir():
                _unpack(archive, member, folder / member.filename.replace("\\", "/"))
        yield folder


def chosen(folder: Path, suffixes: tuple[str, ...], member: str | None) -> Path:
    """The one data file of an unpacked archive.

    Raises:
        ValueError: there is none, or several and ``member`` does not say which.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in files]
    if member:
        if member not in names:
            raise ValueError(f"it holds no {member}; it holds {', '.join(names[:20])}")
        return folder / member
    data = [name for name in names if name.lower().endswith(suffixes) and not name.startswith("__MACOSX/")]
    if len(data) != 1:
        raise ValueError(
            f"it holds {', '.join(data[:20])}; name one in source.member" if data else "it holds no data that are known"
        )
    return folder / data[0]


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise ValueError(f"the archive is damaged: {error}") from error


def _check(path: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise ValueError(f"the archive holds {len(members)} files, more than {MAX_MEMBERS}")
    total = sum(member.file_size for member in members)
    ratio = total / max(path.stat().st_size, 1)
    if total > MAX_BYTES or (total > RATIO_COUNTS_FROM and ratio > MAX_RATIO):
        raise ValueError(f"the archive would unpack to {total} bytes, {ratio:.0f} times its size: more than is allowed")
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in "".join(name.parts[:1]):
            raise ValueError(f"the archive has a path that climbs out of it: {member.filename}")
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise ValueError(f"the archive has a link in it: {member.filename}")
        if name.suffix.lower() in _NESTED:
            raise ValueError(f"the archive has another one in it: {member.filename}")
        if member.flag_bits & _ENCRYPTED:
            raise ValueError("the archive is encrypted")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # zipfile reads no more than the size that the archive declares, which has been checked
    with archive.open(member) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            file.write(chunk)
