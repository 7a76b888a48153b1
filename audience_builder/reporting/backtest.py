"""A backtest as a person reads it: every forecast, how well the chosen one is calibrated, one sentence."""

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from audience_builder.reporting.forecast import title

if TYPE_CHECKING:  # the models load only where a forecast is asked for
    from audience_builder.clv.backtest import BacktestReport, Split

__all__ = ["backtest_lines"]

WIDTH = 80
WHOLE_FROM = 1e6
BAR = 42
BROUGHT, FORECAST = "█", "┃"
COLUMNS = ("gini", "top_decile_share", "spearman", "bias", "coverage", "mae", "rmse")


def backtest_lines(report: "BacktestReport") -> Iterator[str]:
    """The table of forecasts, the calibration by tenths as table and chart, the sentence: at most 80 columns wide.

    Args:
        report: The backtest.
    """
    yield from _heading(f"Backtest: {report.holdout_days} days held back")
    for split in report.splits:
        yield from wrap(
            f"Known until {split.cut}: {split.customers:,} customers, who then brought {split.actual_total:,.2f}. "
            f"Chosen: {title(split.chosen)}. {split.why}",
            WIDTH,
            subsequent_indent="  ",
        )
    yield from _models(report)
    yield "In 80 %: customers whose money fell into the 80 % interval of their forecast."
    yield from _calibration(report.splits[-1])
    yield ""
    yield from wrap(report.sentence, WIDTH)


def _models(report: "BacktestReport") -> Iterator[str]:
    yield from _heading("Forecasts, on average over the cut-off dates" if len(report.splits) > 1 else "Forecasts")
    yield f"{'':<14}{'Gini':>7}{'Best 10 %':>10}{'Spearman':>10}{'Bias':>7}{'In 80 %':>9}{'MAE':>11}{'RMSE':>12}"
    for name, metrics in report.averages().items():
        gini, share, spearman, bias, inside, mae, rmse = (metrics[column] for column in COLUMNS)
        yield (
            f"{name:<14}{_number(gini, '.3f'):>7}{_number(share, '.1%'):>10}{_number(spearman, '.3f'):>10}"
            f"{_number(bias, '+.0%'):>7}{_number(inside, '.0%'):>9}{_money(mae):>11}{_money(rmse):>12}"
        )


def _calibration(split: "Split") -> Iterator[str]:
    yield from _heading(f"Calibration from {split.cut} on: mean of each tenth, best forecast first")
    tenths = split.models["auto"].deciles
    longest = max((max(tenth.predicted, tenth.actual) for tenth in tenths), default=0.0)
    yield f"{'Tenth':<8}{'Forecast':>14}{'Brought':>14}  {BROUGHT} brought, {FORECAST} forecast"
    for place, tenth in enumerate(tenths, start=1):
        bar = _bar(tenth.predicted, tenth.actual, longest)
        yield f"{place:<8}{_money(tenth.predicted):>14}{_money(tenth.actual):>14}  {bar}".rstrip()


def _bar(predicted: float, actual: float, longest: float) -> str:
    """What came as a bar, with a mark where the forecast ends; a loss is no bar.

    >>> _bar(predicted=5.0, actual=10.0, longest=10.0).count(BROUGHT)
    41
    """
    if longest <= 0:
        return ""
    place, length = (round(BAR * max(value, 0.0) / longest) for value in (predicted, actual))
    drawn = (BROUGHT * length).ljust(BAR)
    mark = max(place - 1, 0)
    return drawn[:mark] + FORECAST + drawn[mark + 1 :]


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "─" * WIDTH


def _money(value: float | None) -> str:
    """Cents only where they are read."""
    return _number(value, ",.2f" if value is None or value < WHOLE_FROM else ",.0f")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
