from datetime import UTC, datetime

import pytest

from audience_builder.clock import now, set_time
from audience_builder.errors import ConfigError


def test_the_environment_may_set_the_time():
    # 1 January 2026 is 20,454 days after 1 January 1970.
    assert now({"SOURCE_DATE_EPOCH": str(20_454 * 86_400)}) == datetime(2026, 1, 1, tzinfo=UTC)


def test_without_it_the_system_tells_the_time_to_the_second():
    assert set_time({}) is None
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= now({}) <= datetime.now(UTC)


def test_something_that_is_no_time_is_explained():
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH is no time"):
        now({"SOURCE_DATE_EPOCH": "yesterday"})
