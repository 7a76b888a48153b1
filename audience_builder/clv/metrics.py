"""How well a forecast ranked and totalled customers, against what they then spent."""

from dataclasses import dataclass

import numpy as np

from audience_builder.clv.arrays import Floats

__all__ = ["Decile", "Metrics", "measure", "normalised_gini", "top_decile_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decile:
    """A tenth of the customers, best forecast first: mean forecast and mean outcome."""

    predicted: float
    actual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """One forecast against the outcome.

    Attributes:
        gini: Normalised Gini of the ranking: 1 perfect, 0 random, below 0 inverted.
        mae: Mean absolute error, in money.
        rmse: Root of the mean squared error, in money.
        spearman: Rank correlation.
        bias: Forecast total / actual total - 1; none where nothing was spent.
        top_decile_share: Share of the actual money held by the tenth with the highest forecasts.
        coverage: Share of customers inside their 80 % interval; none without intervals.
        deciles: Calibration by tenths of the forecast.
    """

    gini: float
    mae: float
    rmse: float
    spearman: float
    bias: float | None
    top_decile_share: float | None
    coverage: float | None
    deciles: tuple[Decile, ...]


def measure(predicted: Floats, actual: Floats, interval: tuple[Floats, Floats] | None = None) -> Metrics:
    """Score a forecast.

    Args:
        predicted: Forecast money of each customer.
        actual: Money each customer then brought, net of refunds; may be negative.
        interval: Lower and upper bound of each customer's 80 % interval.
    """
    error = predicted - actual
    total = float(actual.sum())
    inside = None if interval is None else (interval[0] <= actual) & (actual <= interval[1])
    return Metrics(
        gini=normalised_gini(predicted, actual),
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt((error * error).mean())),
        spearman=_correlation(_ranks(predicted), _ranks(actual)),
        bias=float(predicted.sum()) / total - 1.0 if total > 0 else None,
        top_decile_share=top_decile_share(predicted, actual),
        coverage=None if inside is None else float(inside.mean()),
        deciles=_deciles(predicted, actual),
    )


def normalised_gini(predicted: Floats, actual: Floats) -> float:
    """Return g(order by forecast) / g(order by outcome); 0 where every outcome is the same.

    Wang, Liu & Miao 2019, https://arxiv.org/abs/1912.07753. Customers with equal forecasts each get
    the mean outcome of their group, so no tie is broken at random.
    """
    best = _gini(actual, actual)
    return _gini(predicted, actual) / best if abs(best) > 1e-12 else 0.0  # noqa: PLR2004  rounding


def top_decile_share(predicted: Floats, actual: Floats) -> float | None:
    """Return the share of all money held by the tenth with the highest forecasts."""
    total = float(actual.sum())
    if total <= 0:
        return None
    count = max(1, predicted.size // 10)
    return float(_spread_ties(predicted, actual)[:count].sum()) / total


def _spread_ties(predicted: Floats, actual: Floats) -> Floats:
    """Return outcomes in falling order of forecast, ties sharing their group's mean."""
    values, index, sizes = np.unique(-predicted, return_inverse=True, return_counts=True)
    means = np.bincount(index, weights=actual, minlength=values.size) / sizes
    return np.repeat(means, sizes)


def _gini(predicted: Floats, actual: Floats) -> float:
    total = float(actual.sum())
    if total == 0:
        return 0.0
    shares = np.cumsum(_spread_ties(predicted, actual)) / total
    return 2.0 * float(shares.mean()) - 1.0 - 1.0 / actual.size


def _ranks(values: Floats) -> Floats:
    """Return ranks, equal values sharing the average of theirs."""
    _, index, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    return (last - (sizes - 1) / 2.0)[index]


def _correlation(left: Floats, right: Floats) -> float:
    left, right = left - left.mean(), right - right.mean()
    size = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / size if size > 0 else 0.0


def _deciles(predicted: Floats, actual: Floats) -> tuple[Decile, ...]:
    order = np.argsort(-predicted, kind="stable")
    return tuple(
        Decile(predicted=float(predicted[part].mean()), actual=float(actual[part].mean()))
        for part in np.array_split(order, min(10, order.size))
        if part.size
    )
