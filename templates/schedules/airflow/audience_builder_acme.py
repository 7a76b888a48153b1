"""audience-builder-acme: brings the audiences of acme in line, every day at 03:15 (UTC).

Connections it needs, the secret as password:
    META_ACCESS_TOKEN             access token of Meta (Facebook, Instagram) for acme
    AUDIENCE_BUILDER_NOTIFY_URLS  addresses of notices (may be left out)
"""

import os
import subprocess
from datetime import timedelta

import pendulum

try:
    from airflow.sdk import DAG, BaseHook, task
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException
except ImportError:  # before Airflow 3.1
    from airflow import DAG
    from airflow.decorators import task
    from airflow.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException
    from airflow.hooks.base import BaseHook

COMMAND = [
    "/opt/audience-builder/bin/audience-builder",
    "refresh",
    "--apply",
    "audience.toml",
    "--wait",
    "30",
]
FOLDER = "/srv/acme"
SETTINGS = {}
REQUIRED = ("META_ACCESS_TOKEN",)
OPTIONAL = ("AUDIENCE_BUILDER_NOTIFY_URLS",)
TRY_AGAIN = 6

with DAG(
    dag_id="audience_builder_acme",
    description="Refresh of the ad audiences of acme",
    schedule="15 3 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["audience-builder"],
):

    @task(
        retries=2,
        retry_delay=timedelta(minutes=15),
        execution_timeout=timedelta(hours=4),
    )
    def refresh() -> None:
        """Send the difference; only the exit code that asks for another try gets one."""
        secrets = {}
        for name in REQUIRED + OPTIONAL:
            try:
                secrets[name] = BaseHook.get_connection(name).password or ""
            except AirflowNotFoundException:
                if name in REQUIRED:
                    raise AirflowFailException(f"There is no connection {name}.") from None
        done = subprocess.run(
            COMMAND,
            cwd=FOLDER,
            env={**os.environ, **SETTINGS, **secrets},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=0o077,
            text=True,
            check=False,
        )
        print(done.stdout)
        if done.returncode == TRY_AGAIN:
            raise AirflowException("The platform could not take it now (exit code 6).")
        if done.returncode != 0:
            raise AirflowFailException(f"It takes a person (exit code {done.returncode}); see the output above.")

    refresh()
