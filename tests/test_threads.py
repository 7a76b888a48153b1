"""Work done side by side or ahead of its use gives what it gives one after the other."""

import threading

import pytest

from audience_builder.threads import one_ahead, side_by_side


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


def test_the_next_item_is_made_while_one_is_in_use_and_no_other():
    made = [threading.Event() for _ in range(4)]

    def items():
        for number, event in enumerate(made):
            event.set()
            yield number

    ahead = one_ahead(items())
    assert next(ahead) == 0
    assert made[1].wait(timeout=30)
    assert not made[2].is_set()
    assert list(ahead) == [1, 2, 3]


def test_an_error_comes_in_its_turn():
    ahead = one_ahead(1 // number for number in (1, 0, 1))
    assert next(ahead) == 1
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_whoever_stops_early_leaves_no_thread_behind():
    before = threading.active_count()
    ahead = one_ahead(iter(range(10)))
    assert next(ahead) == 0
    ahead.close()
    assert threading.active_count() == before
