"""Everything that can go wrong, one documented class each.

No HTTP here: ``api/errors.py`` maps each class once to a status and a code, and ``cli`` to an exit code.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class AltaiError(Exception):
    """Anything that AltaiGIS refuses or cannot do; its text is fit to be shown to a user."""


class SettingsError(AltaiError):
    """An ``ALTAIGIS_*`` variable has a value that cannot be used."""


@dataclass(frozen=True)
class Mistake:
    """One mistake in a layer file: where it stands and what is wrong."""

    file: str
    line: int | None
    key: str
    problem: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.problem}" if self.key else f"{place}: {self.problem}"


class LayerFileError(AltaiError):
    """One or more layer files cannot be used; carries every mistake, not the first alone."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        heading = "1 mistake" if count == 1 else f"{count} mistakes"
        super().__init__("\n".join([f"{heading} in the layer files:", *(f"  {m}" for m in self.mistakes)]))


class DatabaseUnavailable(AltaiError):
    """No PostGIS answers at the address that the settings give."""


class QueryTooLong(AltaiError):
    """A request kept the database busy for longer than its time, and was cancelled."""


class ClusterError(AltaiError):
    """The embedded PostgreSQL cluster cannot be made, started or stopped."""


class SourceError(AltaiError):
    """A raw file is missing or cannot be read as what the layer file says it is."""


class RemoteUnavailable(SourceError):
    """A remote source does not answer, or not with the data that the layer file promises."""


class ConformError(AltaiError):
    """Source rows cannot be brought into the form that the layer declares."""


class CheckFailed(AltaiError):
    """The data were read, but break a rule of the layer; the loaded data stay as they were."""


class NotWritten(AltaiError):
    """A file or a table cannot be written, most often because a disk is full; what was loaded stays as it was."""


class ExportStopped(AltaiError):
    """An export of tiles has ended too early; what is done is kept, and the same command goes on from there."""


class LoadCrashed(AltaiError):
    """A load ended by a fault of AltaiGIS itself; what was loaded stays as it was."""


class BackupError(AltaiError):
    """A backup cannot be written or restored."""


class NotFound(AltaiError):
    """Something that was asked for by name does not exist."""


class LayerNotFound(NotFound):
    """There is no layer with this id, or it has nothing of the kind that was asked for."""


class IndicatorNotFound(NotFound):
    """There is no indicator with this code."""


class StationNotFound(NotFound):
    """There is no station with this id."""


class FeatureNotFound(NotFound):
    """The layer has no feature with this id."""


class NotIdentified(FeatureNotFound):
    """No feature has the id that a parameter gives; names the parameter."""

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter}: {problem}")


class TileNotFound(NotFound):
    """The tile lies outside the tile matrix or the layer's zooms; names the parameter that leads there."""

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter}: {problem}")


class StyleNotFound(NotFound):
    """The layer has no style with this name."""


class RevisionNotFound(NotFound):
    """The layer has no such revision, its data are no longer kept, or they have other fields than the layer now."""


class ProcessNotFound(NotFound):
    """There is no process with this id."""


class JobNotFound(NotFound):
    """There is no job with this id, or no longer."""


class ResultNotReady(NotFound):
    """The job has not ended yet, so there is no result to be had."""


class ResultGone(NotFound):
    """The job was dismissed, or its result is no longer kept."""


class NotLoaded(AltaiError):
    """The layer is declared, but nothing has been loaded into it yet."""


class ParameterError(AltaiError):
    """A request parameter has a value that cannot be used; names the parameter."""

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter}: {problem}")


class MissingParameter(ParameterError):
    """A request lacks a parameter that it cannot be answered without; names the parameter."""


class OperationNotSupported(ParameterError):
    """A request asks for something to be done that is not done here."""


class OptionNotSupported(ParameterError):
    """A request asks for a way of doing something that is not offered here."""


class VersionNotSupported(ParameterError):
    """None of the versions of a protocol that a client speaks is spoken here."""


class SequenceUnknown(ParameterError):
    """A client says that it has a state of the capabilities that has not been yet."""


class Unreadable(ParameterError):
    """A request's body is not what its operation is written in; names where."""


class NotComputable(ParameterError):
    """A filter computes what is no number for one of the features: an overflow, a root of a negative number."""

    def __init__(self, problem: str) -> None:
        super().__init__("filter", f"cannot be computed for every feature: {problem}")


class NotAcceptable(AltaiError):
    """None of the media types that the client accepts can be produced here."""


class ObservationsError(SourceError):
    """A file or a body of observations cannot be read as such; nothing of it has been taken."""


class TooLarge(AltaiError):
    """A request brings more than is taken at once."""


class UnsupportedMediaType(AltaiError):
    """A request's body is in a form that is not read here."""


class Unauthorized(AltaiError):
    """A write without a key, or with one that is unknown or revoked."""


class Forbidden(AltaiError):
    """The key is good, but does not allow this."""


class KeyNotFound(NotFound):
    """There is no such key in force."""


class Busy(AltaiError):
    """Somebody else is writing the same data; trying again later will do."""


class ServiceError(AltaiError):
    """A server that was asked over HTTP cannot be reached, or has refused."""


class NotEditable(Forbidden):
    """The layer's file does not say that people may edit it."""

    def __init__(self, layer_id: str) -> None:
        super().__init__(f"layer '{layer_id}' is not for editing: its file does not say editable: true")


class EditConflict(AltaiError):
    """The feature is no longer in the version that the edit was made on; read it again, and edit that."""


class FeatureExists(AltaiError):
    """A feature with this id is there already."""


class EditRefused(AltaiError):
    """An edit gives values that the layer cannot have."""


class TooManyChanges(EditRefused):
    """A transaction changes more features than one may."""


class TransactionRefused(AltaiError):
    """An action of a transaction cannot be done, and nothing was changed; names the action's handle and the feature,
    where they are known: by ``fid``, its id in GML, or by ``place`` where it has none. ``cause`` says what is wrong."""

    def __init__(
        self, cause: AltaiError, handle: str | None = None, fid: str | None = None, place: str | None = None
    ) -> None:
        self.cause, self.handle, self.fid, self.place = cause, handle, fid, place
        names = {"action": handle, "feature": fid}
        parts = [f"{noun} '{name[:80]}'" for noun, name in names.items() if name is not None]
        told = ", ".join([*parts, place] if place and fid is None else parts)
        super().__init__(f"{told}: {cause}" if told else str(cause))


class AnalysisError(AltaiError):
    """The data or the choices of an analysis cannot give a sound result; says what is wrong, and the way out."""


class JobFailed(AltaiError):
    """A job ended without a result: it passed a limit, or met a fault."""


class InputsRefused(ParameterError):
    """What a process is to be run with does not fit its description; names the place by its JSON pointer."""

    def __init__(self, pointer: str, problem: str) -> None:
        self.pointer = pointer
        super().__init__(pointer or "body", problem)


class AnalysisRefused(AnalysisError):
    """An input of an analysis cannot give a sound result; names its place in the body by a JSON pointer."""

    def __init__(self, pointer: str, problem: str) -> None:
        self.pointer = pointer
        super().__init__(problem)


class Cancelled(AltaiError):
    """A run was called off by the one who asked for it."""
