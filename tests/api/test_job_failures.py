"""What a job that failed is answered with."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from altaigis.api.jobs import failing
from altaigis.domain.job import Failure, Job, Order
from altaigis.errors import AnalysisError, AnalysisRefused, JobFailed

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def ended(failure: Failure) -> Job:
    order = Order("toy", "1", {}, 0)
    return Job(UUID(int=1), order, None, "failed", 0, "", NOW, NOW, NOW, NOW, None, failure, 1)


def test_a_refusal_names_the_input_by_its_pointer() -> None:
    with pytest.raises(AnalysisRefused) as told:
        failing(ended(Failure("refused", "inputs.indicators.0.weight: no feature has it")))
    assert told.value.pointer == "/inputs/indicators/0/weight"
    assert str(told.value) == "inputs.indicators.0.weight: no feature has it"


def test_what_is_of_no_input_has_no_pointer() -> None:
    with pytest.raises(AnalysisError) as told:
        failing(ended(Failure("refused", "layer 'x' has been loaded anew")))
    assert not isinstance(told.value, AnalysisRefused)
    with pytest.raises(JobFailed):
        failing(ended(Failure("limit", "inputs.a: took too long")))
