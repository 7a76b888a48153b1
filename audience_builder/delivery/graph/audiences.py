"""An audience as the Graph API describes it, read into our own terms."""

from collections.abc import Mapping, Sequence
from typing import Final

from audience_builder.delivery.graph.words import delivery_words, flagged_words, operation_words
from audience_builder.delivery.wire import RemoteAudience
from audience_builder.errors import ConfigError

__all__ = ["LIST_FIELDS", "READ_FIELDS", "one_of_name", "remote_audience"]

LIST_FIELDS: Final = "id,name,subtype"
READ_FIELDS: Final = (
    "id,name,subtype,operation_status,delivery_status,approximate_count_lower_bound,"
    "approximate_count_upper_bound,is_value_based,fields_violating_integrity_policy"
)
_SUBTYPE: Final = "CUSTOM"
_REPLACEABLE: Final = (0, 200, 415)
_SILENT: Final = (0, 200, 410, 414)
_REPLACING: Final = 414
_FLAGGED: Final = 471
_FLAGGED_ADVICE: Final = (
    "Meta has flagged the audience for {fields}; appeal in Ads Manager, or use another audience with a neutral name."
)


def one_of_name(name: str, listed: Sequence[Mapping[str, object]]) -> str | None:
    """The id of the customer list with this name.

    Raises:
        ConfigError: The name belongs to another kind of audience, or to several lists.
    """
    named = [entry for entry in listed if entry.get("name") == name]
    lists = [str(entry.get("id")) for entry in named if entry.get("subtype", _SUBTYPE) == _SUBTYPE]
    if len(lists) == 1:
        return lists[0]
    if len(lists) > 1:
        raise ConfigError(
            "The name of the audience is not unique.",
            f'{len(lists)} customer lists of the account are called "{name}".',
            "Rename all but one in Ads Manager, or choose another name.",
        )
    if named:
        raise ConfigError(
            "The name of the audience is taken.",
            f'An audience of another kind ({named[0].get("subtype")}) is called "{name}".',
            "Choose another name.",
        )
    return None


def remote_audience(node: Mapping[str, object]) -> RemoteAudience:
    """The reply to a read with ``READ_FIELDS``."""
    operation = _code(node.get("operation_status"))
    flagged = node.get("fields_violating_integrity_policy")
    fields = ", ".join(str(field) for field in flagged) if isinstance(flagged, list) else ""
    advice = _FLAGGED_ADVICE.format(fields=fields or "its name or description")
    words = operation_words(operation)
    warnings = [] if operation is None or operation in _SILENT else [f"Meta reports: {words}."]
    name = str(node.get("name") or "")
    risky = flagged_words(name)
    if risky:
        warnings.append(f'The name says "{", ".join(risky)}": Meta may flag the audience for it.')
    return RemoteAudience(
        audience_id=str(node.get("id")),
        name=name,
        with_value=node.get("is_value_based") in (True, 1, "1", "true"),
        replaceable=operation is None or operation in _REPLACEABLE,
        operation=words,
        delivery=delivery_words(_code(node.get("delivery_status"))),
        busy=operation == _REPLACING,
        blocked=advice if operation == _FLAGGED else "",
        size_low=_bound(node.get("approximate_count_lower_bound")),
        size_high=_bound(node.get("approximate_count_upper_bound")),
        warnings=tuple(warnings),
    )


def _code(status: object) -> int | None:
    code = status.get("code") if isinstance(status, dict) else None
    return int(code) if isinstance(code, int | str) and str(code).isdigit() else None


def _bound(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
