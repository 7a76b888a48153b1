"""What is laid aside comes back as it was, and nothing of it is left behind."""

import os
import stat
import tempfile

import polars as pl
import pytest

from audience_builder.errors import ConfigError
from audience_builder.shelf import Shelf, laid_in_blocks


def frame(*numbers):
    return pl.DataFrame({"n": numbers, "text": [f"ann{n}@example.com" if n % 2 else None for n in numbers]})


def test_frames_come_back_as_they_were_from_memory_and_from_the_file():
    for rows_in_memory in (None, 100, 2):
        shelf = Shelf(rows_in_memory)
        for numbers in ((1, 2), (3,), (4, 5, 6)):
            shelf.put(frame(*numbers))
        shelf.put(frame(9), "elsewhere")
        assert shelf.table().equals(frame(1, 2, 3, 4, 5, 6))
        assert shelf.frame(0, 1, ["text"]).equals(frame(3).select("text"))
        assert [one["n"].to_list() for one in shelf.frames("elsewhere")] == [[9]]
        assert (shelf.rows(), shelf.rows_of(2), shelf.places) == (6, 3, (0, "elsewhere"))


def test_few_rows_never_touch_the_disk(monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: pytest.fail("a file was made"))
    shelf = Shelf(rows_in_memory=3)
    shelf.put(frame(1, 2))
    shelf.put(frame(3))
    assert shelf.rows() == 3


def test_the_file_has_no_name_and_is_its_owners_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shelf = Shelf(rows_in_memory=1)
    shelf.put(frame(1, 2))
    assert list(tmp_path.iterdir()) == []
    told = os.fstat(shelf._file.fileno())
    assert stat.S_IMODE(told.st_mode) == 0o600
    assert told.st_size > 0


def test_a_full_disk_is_told_with_what_to_do(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(ConfigError, match="No space left on device") as caught:
        Shelf(rows_in_memory=1).put(frame(1, 2))
    assert "TMPDIR" in caught.value.fix


def test_consecutive_frames_become_blocks_of_the_wanted_size():
    shelf = laid_in_blocks([frame(1), frame(2, 3), frame(4, 5, 6, 7, 8)], 3)
    assert [one["n"].to_list() for one in shelf.frames()] == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert laid_in_blocks([frame(1), frame(2, 3)], None).table()["n"].to_list() == [1, 2, 3]
