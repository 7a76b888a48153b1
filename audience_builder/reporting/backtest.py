"""A backtest as a person reads it: every forecast, the calibration of the chosen one, one sentence."""

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from audience_builder.reporting.forecast import title

if TYPE_CHECKING:  # the models load only where a forecast is asked for
    from audience_builder.clv.backtest import BacktestReport, Split

__all__ = ["backtest_lines"]

WIDTH = 80
WHOLE_FROM = 1e6
COLUMNS = ("gini", "top_decile_share", "spearman", "bias", "mae", "rmse")


def backtest_lines(report: "BacktestReport") -> Iterator[str]:
    """The table of forecasts, the calibration by tenths and the sentence, none wider than 80 columns.

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
    yield from _calibration(report.splits[-1])
    yield ""
    yield from wrap(report.sentence, WIDTH)


def _models(report: "BacktestReport") -> Iterator[str]:
    yield from _heading("Forecasts, on average over the cut-off dates" if len(report.splits) > 1 else "Forecasts")
    yield f"{'':<16}{'Gini':>8}{'Best 10 %':>11}{'Spearman':>10}{'Bias':>8}{'MAE':>13}{'RMSE':>14}"
    for name, metrics in report.averages().items():
        gini, share, spearman, bias, mae, rmse = (metrics[column] for column in COLUMNS)
        yield (
            f"{name:<16}{_number(gini, '.3f'):>8}{_number(share, '.1%'):>11}{_number(spearman, '.3f'):>10}"
            f"{_number(bias, '+.0%'):>8}{_money(mae):>13}{_money(rmse):>14}"
        )


def _calibration(split: "Split") -> Iterator[str]:
    yield from _heading(f"Calibration of the chosen forecast from {split.cut} on, mean per customer")
    yield f"{'Tenth, best forecast first':<40}{'Forecast':>20}{'Brought':>20}"
    for place, tenth in enumerate(split.models["auto"].deciles, start=1):
        yield f"{place:<40}{tenth.predicted:>20,.2f}{tenth.actual:>20,.2f}"


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "─" * WIDTH


def _money(value: float | None) -> str:
    """Cents only where they are read."""
    return _number(value, ",.2f" if value is None or value < WHOLE_FROM else ",.0f")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
