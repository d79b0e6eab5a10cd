"""A layer's remote source, brought into data/raw as a file; or the last good copy of it, if the source is away."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.domain.remote import OapifCollection, OverpassAnswer, Remote, WebFile, WfsType
from altaigis.errors import RemoteUnavailable, SourceError
from altaigis.etl.rawdata import RawData
from altaigis.etl.sources.remote.asking import REMOTE, Asking, Brought
from altaigis.etl.sources.remote.copy import Copy, checksum
from altaigis.etl.sources.remote.fetch import Fetcher, client
from altaigis.etl.sources.remote.oapif import fetch_oapif
from altaigis.etl.sources.remote.overpass import fetch_overpass
from altaigis.etl.sources.remote.part import Validators
from altaigis.etl.sources.remote.wfs import fetch_wfs

#: What brings each kind; a file, which alone can be gone on with and asked for conditionally, has a way of its own.
_PAGED: Mapping[type, Callable[..., Awaitable[None]]] = {
    WfsType: fetch_wfs,
    OapifCollection: fetch_oapif,
    OverpassAnswer: fetch_overpass,
}


def bring(layer: Layer, raw: RawData, asking: Asking, read: Callable[[Path], object]) -> Brought:
    """Make the copy of a layer's remote source as true as its server lets it be.

    Args:
        read: reads a file as the layer's source; what it cannot read takes no copy's place.

    Raises:
        RemoteUnavailable: the source is away, and there is no copy of it.
    """
    remote = layer.source.remote
    if remote is None:
        return Brought()
    copy = Copy(raw / layer.source.file, remote.origin)
    unusable = _unusable(remote, copy)
    findings: tuple[Finding, ...] = ()
    if unusable or (asking.always and not _is_pinned(remote)):
        try:
            with copy.alone(remote.timeout):
                _renew(layer.id, remote, copy, asking, read)
        except (RemoteUnavailable, OSError) as error:
            problem = f"the copy cannot be written: {error}" if isinstance(error, OSError) else str(error)
            if unusable:
                raise RemoteUnavailable(
                    f"layer {layer.id}: {problem}; {unusable}. Try again later: altaigis etl run {layer.id}; "
                    f"or put the file by hand to {copy.path}"
                ) from error
            message = f"{problem}; the copy of {_when(copy):%Y-%m-%d %H:%M} UTC is used"
            findings = (Finding("warning", REMOTE, message),)
    told = {"source": remote.address, "copy": layer.source.file, "current": _when(copy).isoformat(timespec="seconds")}
    return Brought((("remote", told),), findings)


def _is_pinned(remote: Remote) -> bool:
    return isinstance(remote, WebFile) and remote.sha256 is not None


def _unusable(remote: Remote, copy: Copy) -> str:
    """Why the file that is there cannot stand for the source; empty if it can."""
    if not copy.path.is_file():
        return "there is no copy of it yet"
    if isinstance(remote, WebFile) and remote.sha256 not in (None, checksum(copy.path)):
        return "the copy that is there has another checksum than source.remote.sha256"
    noted = copy.provenance()
    # without a note somebody has put it there, who will have known why
    return "the copy that is there is of another source" if noted and noted.origin != remote.origin else ""


def _when(copy: Copy) -> datetime:
    """When the copy was last known to be true: for one without a note, since it is there."""
    noted = copy.provenance()
    return noted.checked if noted else datetime.fromtimestamp(copy.path.stat().st_mtime, UTC)


def _renew(stage: str, remote: Remote, copy: Copy, asking: Asking, read: Callable[[Path], object]) -> None:
    validators = asyncio.run(_fetch(stage, remote, copy, asking))
    if validators is None:
        copy.confirm()
        return
    try:
        _check(remote, copy.part.path, read)
    except RemoteUnavailable:
        copy.part.forget()
        raise
    copy.take(validators)


async def _fetch(stage: str, remote: Remote, copy: Copy, asking: Asking) -> Validators | None:
    come = 0

    def tell(done: int, total: int | None) -> None:
        nonlocal come
        come = done
        asking.progress(stage, done, total)

    try:
        async with asyncio.timeout(remote.timeout), client(asking.patience) as http:
            fetcher = Fetcher(http, asking.patience, int(remote.max_mb * 1e6), tell)
            if isinstance(remote, WebFile):
                return await fetcher.download(remote.url, copy.part, copy.known())
            await _PAGED[type(remote)](remote, fetcher, copy.part)
            return Validators()
    except TimeoutError as error:
        what = "bytes" if isinstance(remote, WebFile) else "features"
        raise RemoteUnavailable(
            f"{remote.address} did not finish within {remote.timeout:g} s, with {come} {what} come; "
            "if more time is right, raise source.remote.timeout"
        ) from error


def _check(remote: Remote, path: Path, read: Callable[[Path], object]) -> None:
    if isinstance(remote, WebFile) and remote.sha256 not in (None, digest := checksum(path)):
        raise RemoteUnavailable(
            f"{remote.address} sent other bytes than source.remote.sha256 promises: their SHA-256 is {digest}"
        )
    try:
        read(path)
    except SourceError as error:
        problem = str(error.__cause__ or error).partition("\n")[0][:300]
        raise RemoteUnavailable(f"{remote.address} sent what cannot be read: {problem}") from error
