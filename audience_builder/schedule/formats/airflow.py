"""An Airflow DAG of one task, for Airflow 2.9 and later and for Airflow 3.

Texts are Python literals. Secrets are passwords of connections, which Airflow encrypts and masks; they are
read when the task runs, never when the file is parsed
(https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html).
"""

import json
from collections.abc import Iterable
from typing import Final

from audience_builder.schedule.job import RETRIES, RETRY_MINUTES, RUN_HOURS, TRY_AGAIN, Job
from audience_builder.schedule.rendering import Format, Rendered, filled, variable_lines

__all__ = ["FORMAT"]


def _render(job: Job) -> Rendered:
    text = filled(
        "dag.py.txt",
        title=job.title,
        whose=job.whose,
        when=job.when.described(FORMAT.clock),
        variables="\n".join(f"    {line}" for line in variable_lines(job)),
        dag_id=_literal(job.title.replace("-", "_")),
        description=_literal(f"Refresh of the ad audiences of {job.whose}"),
        cron=_literal(job.when.cron),
        zone=_literal(job.when.timezone or "UTC"),
        command="".join(f"    {_literal(word)},\n" for word in job.argv),
        folder=_literal(job.folder),
        settings=_literal(dict(job.settings)),
        required=_names(one.name for one in job.variables if not one.optional),
        optional=_names(one.name for one in job.variables if one.optional),
        try_again=str(TRY_AGAIN),
        retries=str(RETRIES),
        pause=str(RETRY_MINUTES),
        run_hours=str(RUN_HOURS),
    )
    return Rendered(files={f"{job.title.replace('-', '_')}.py": text}, steps=tuple(_steps(job)))


def _names(names: Iterable[str]) -> str:
    """A tuple."""
    texts = [_literal(name) for name in names]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _literal(value: str | dict[str, str]) -> str:
    """A Python literal; JSON's escapes are Python's as long as no character is escaped by halves."""
    return json.dumps(value, ensure_ascii=False)


def _steps(job: Job) -> list[str]:
    return [
        "Put the file into the DAGs folder. Add one connection for each secret (Admin, Connections), its id the name,",
        "its type Generic, the secret as its password:",
        *(f"  {line}" for line in variable_lines(job)),
        f"The workers need {job.command}, the folder {job.folder}, and a data folder that lasts: the record of what",
        "was sent lies in that of their account, unless client.state names another.",
        "Try it once: unpause the DAG and trigger it. Only exit code 6 is retried; every other failure is final.",
    ]


FORMAT: Final = Format(title="Airflow", clock="UTC", keeps_zone=True, systems=frozenset(), render=_render)
