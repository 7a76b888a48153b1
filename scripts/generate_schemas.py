"""Write docs/schemas/: what the commands print with ``--json``, as JSON Schemas.

    make docs

A test fails when the documents and these schemas part.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from audience_builder.clv.metrics import Metrics
from audience_builder.delivery.audit.history import PastAttempt
from audience_builder.delivery.audit.seal import Seal
from audience_builder.delivery.outcome import UploadResult
from audience_builder.reporting.summary import Summary

ROOT = Path(__file__).parents[1]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT, COUNT = {"type": "string"}, {"type": "integer"}
COUNTS = ("added", "removed", "revalued", "unchanged", "rejected_by_platform", "requests")
ERROR = {
    "anyOf": [
        {"type": "null"},
        {
            "type": "object",
            "properties": {"wrong": TEXT, "found": TEXT, "fix": TEXT},
            "required": ["wrong", "found", "fix"],
        },
    ]
}

Schema = dict[str, Any]


def generated() -> dict[Path, str]:
    """Every schema, by its path from the project's root."""
    documents = {
        "summary": (summary(), "What `report --json` and `export --json` print, and what a manifest tells of a run."),
        "upload": (upload(), "What `upload --json` prints: the run's summary and what became of the audience."),
        "refresh": (refresh(), "What `refresh --json` prints: totals, then each client."),
        "packs": (packs(), "What `export --pack --json` prints of clients' files: the worst exit code, each client."),
        "erase": (erase(), "What `erase --json` prints: a receipt for each record somebody was erased from."),
        "history": (history(), "What `history --json` prints: each attempt, and the log's seal where it was checked."),
        "backtest": (backtest(), "What `backtest --json` prints: mean scores of each forecast over the cuts."),
    }
    return {
        Path("docs", "schemas", f"{name}.json"): json.dumps(
            {"$schema": DIALECT, **schema, "title": name, "description": about}, indent=2
        )
        + "\n"
        for name, (schema, about) in documents.items()
    }


def summary() -> Schema:
    """A run's counts and money."""
    return described(Summary)


def upload() -> Schema:
    """The summary and the result, side by side in one object."""
    one, other = described(Summary), described(UploadResult)
    return {
        "type": "object",
        "properties": {**one["properties"], **other["properties"]},
        "required": [*one["required"], *other["required"]],
        "$defs": {**one["$defs"], **other["$defs"]},
    }


def refresh() -> Schema:
    """Totals over all clients, and each client with its audiences."""
    run, result = described(Summary), described(UploadResult)
    definitions = {**run.pop("$defs"), **result.pop("$defs"), "Summary": run, "UploadResult": result}
    client = properties(
        client=TEXT,
        file=TEXT,
        outcome={"enum": ["success", "brake", "failure"]},
        exit_code=COUNT,
        error=ERROR,
        **dict.fromkeys(COUNTS, COUNT),
        audiences={"type": "array", "items": {"$ref": "#/$defs/UploadResult"}},
        summary={"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Summary"}]},
    )
    totals = properties(
        **dict.fromkeys(COUNTS, COUNT),
        audience_id={"type": ["string", "null"]},
        exit_code=COUNT,
        clients={"type": "array", "items": client},
    )
    return {**totals, "$defs": definitions}


def packs() -> Schema:
    """Each client with its pack."""
    run = described(Summary)
    definitions = {**run.pop("$defs"), "Summary": run}
    place = {"type": ["string", "null"]}
    client = properties(
        client=TEXT,
        file=TEXT,
        exit_code=COUNT,
        error=ERROR,
        folder=place,
        archive=place,
        summary={"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Summary"}]},
    )
    return {**properties(exit_code=COUNT, clients={"type": "array", "items": client}), "$defs": definitions}


def erase() -> Schema:
    """Receipts; in a dry run what would happen."""
    audience = properties(
        platform=TEXT,
        account=TEXT,
        name=TEXT,
        audience_id=TEXT,
        memberships=COUNT,
        session={"type": ["string", "null"]},
        request_ids={"type": "array", "items": TEXT},
    )
    failed = properties(platform=TEXT, account=TEXT, exit_code=COUNT, error=ERROR["anyOf"][1])
    receipt = properties(
        client=TEXT,
        at={"type": "string", "format": "date-time"},
        dry_run={"type": "boolean"},
        identifiers={
            "type": "array",
            "items": properties(kind={"enum": ["email", "phone", "id"]}, digest={**TEXT, "maxLength": 6}),
        },
        memberships=COUNT,
        requests=COUNT,
        audiences={"type": "array", "items": audience},
        failed={"type": "array", "items": failed},
        error=ERROR,
        left_to_do={"type": "array", "items": TEXT},
        tombstones=TEXT,
        exit_code=COUNT,
    )
    return properties(exit_code=COUNT, receipts={"type": "array", "items": receipt})


def history() -> Schema:
    """Every attempt, oldest first."""
    attempt, seal = described(PastAttempt), described(Seal)
    definitions = {**attempt.pop("$defs", {}), "PastAttempt": attempt, "Seal": seal}
    attempts = {"type": "array", "items": {"$ref": "#/$defs/PastAttempt"}}
    found = properties(attempts=attempts, seal={"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Seal"}]})
    return {**found, "$defs": definitions}


def backtest() -> Schema:
    """Scores by forecast."""
    metrics = described(Metrics)
    metrics.pop("$defs")
    metrics["properties"].pop("deciles")
    metrics["required"].remove("deciles")
    return properties(
        holdout_days=COUNT,
        chosen=TEXT,
        sentence=TEXT,
        models={"type": "object", "additionalProperties": metrics},
        splits={"type": "array", "items": {"type": "object"}},
    )


def properties(**members: Any) -> Schema:
    """An object that has to have all these members."""
    return {"type": "object", "properties": members, "required": list(members)}


def described(dataclass: type) -> Schema:
    """A dataclass as it is printed; every field is there, also those with a default."""
    schema = TypeAdapter(dataclass).json_schema(mode="serialization")
    for one in (schema, *schema.get("$defs", {}).values()):
        one["required"] = list(one["properties"])
        one.pop("description", None)
        for field in one["properties"].values():
            field.pop("title", None)
            field.pop("default", None)
    return schema


def main() -> None:
    """Write every schema."""
    for path, text in generated().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
