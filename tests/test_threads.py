"""Work done side by side gives what it gives one after the other."""

import threading

import pytest

from audience_builder.threads import side_by_side


def test_results_keep_the_order_of_the_work_whatever_ends_first(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    second_is_done = threading.Event()

    def first():
        assert second_is_done.wait(timeout=30)
        return "first"

    def second():
        second_is_done.set()
        return "second"

    assert side_by_side([first, second]) == ["first", "second"]


@pytest.mark.parametrize("cores", [1, 2])
def test_an_error_is_raised_and_nothing_is_left_undone(monkeypatch, cores):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    with pytest.raises(ZeroDivisionError):
        side_by_side([lambda: 1 // 0, lambda: 2])
    assert side_by_side([]) == []
