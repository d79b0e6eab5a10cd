"""Layers one after the other: while the database takes in one, the next is made."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from altaigis.domain.layer import Layer
from altaigis.errors import AltaiError
from altaigis.etl.pipeline import Finish, begin, run
from altaigis.etl.report import Report
from altaigis.etl.workspace import Workspace


@dataclass(frozen=True)
class Outcome:
    """What became of a layer."""

    layer: Layer
    told: Report | AltaiError


def run_all(
    layers: Iterable[Layer], workspace: Callable[[Layer], Workspace], *, dry: bool = False
) -> Iterator[Outcome]:
    """Bring layers up to date, in an order in which each stands behind those that it is made from.

    A layer that fails stops no other. A dry run tries those that are made from what is loaded already, and tells of
    the others that they wait.

    Args:
        workspace: where a layer is worked on; that of each has a progress of its own, for two are told of at once.
    """
    yield from _try_all(layers, workspace) if dry else _load_all(layers, workspace)


def _try_all(layers: Iterable[Layer], workspace: Callable[[Layer], Workspace]) -> Iterator[Outcome]:
    due: set[str] = set()
    for layer in layers:
        told = _waiting(layer, due) or _tried(layer, workspace(layer))
        if isinstance(told, Report) and told.outcome != "unchanged":
            due.add(layer.id)
        yield Outcome(layer, told)


def _waiting(layer: Layer, due: set[str]) -> Report | None:
    """What a dry run tells of a layer that is made from others which a run would load before it."""
    awaited = sorted(layer.depends_on & due)
    return Report(layer.id, "waits", "", 0.0, details=(("waits_for", awaited),), dry=True) if awaited else None


def _tried(layer: Layer, workspace: Workspace) -> Report | AltaiError:
    try:
        return run(layer, workspace, dry=True)
    except AltaiError as error:
        return error


def _load_all(layers: Iterable[Layer], workspace: Callable[[Layer], Workspace]) -> Iterator[Outcome]:
    loading: _Loading | None = None
    for layer in layers:
        if loading and loading.layer.id in layer.depends_on:
            yield loading.outcome()
            loading = None
        finish = _begun(layer, workspace(layer))
        if loading:
            yield loading.outcome()
        loading = _Loading(layer, finish)
        del finish  # it holds all rows, which are let go when they are loaded
    if loading:
        yield loading.outcome()


def _begun(layer: Layer, workspace: Workspace) -> Finish:
    try:
        return begin(layer, workspace)
    except AltaiError as error:
        return partial(_fail, error)


def _fail(error: AltaiError) -> Report:
    raise error


class _Loading:
    """The second half of a run, on its way beside what else is done."""

    def __init__(self, layer: Layer, finish: Finish) -> None:
        self.layer = layer
        self._report: Future[Report] = Future()
        # nobody who ends the program waits for it: the database then keeps what it had
        threading.Thread(target=self._run, args=[finish], name=layer.id, daemon=True).start()

    def _run(self, finish: Finish) -> None:
        try:
            self._report.set_result(finish())
        except Exception as error:  # noqa: BLE001 - for who asks for the outcome
            self._report.set_exception(error)

    def outcome(self) -> Outcome:
        try:
            return Outcome(self.layer, self._report.result())
        except AltaiError as error:
            return Outcome(self.layer, error)
