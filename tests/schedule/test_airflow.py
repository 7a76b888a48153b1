"""The DAG, imported and run against a stand-in of Airflow that takes what Airflow takes.

Airflow itself is too large to install for this. The names imported, the arguments and where the exceptions come
from were checked by hand against Airflow 2.11.2 and 3.3.2: ``DagBag`` loaded the file without an import error (nor
a deprecation in 3.3.2), and the task was run with programs that ended with 0, 4 and 6, with the connection and
without. The signatures below are what both have in common. The last test repeats it where there is an Airflow:
AIRFLOW_PYTHON names a Python that has it (dependency group ``schedules``).
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from types import ModuleType

import pytest
from jobs import AWKWARD, job, only

from audience_builder.schedule import When, rendered


class AirflowException(Exception):
    pass


class AirflowFailException(AirflowException):
    pass


class AirflowNotFoundException(AirflowException):
    pass


class Dag:
    made: "list[Dag]" = []  # noqa: RUF012

    def __init__(self, dag_id, *, description, schedule, start_date, catchup, max_active_runs, tags):
        self.__dict__.update(locals())
        self.tasks = []
        Dag.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


class Task:
    def __init__(self, function, options):
        self.function, self.options = function, options

    def __call__(self):
        Dag.made[-1].tasks.append(self)


def task(*, retries, retry_delay, execution_timeout):
    assert isinstance(retry_delay, timedelta)
    options = {"retries": retries, "retry_delay": retry_delay, "execution_timeout": execution_timeout}
    return lambda function: Task(function, options)


@pytest.fixture(params=["Airflow 2", "Airflow 3"])
def airflow(request, monkeypatch):
    """Modules of that name for the length of a test; the passwords of connections."""
    passwords = {}

    class BaseHook:
        @classmethod
        def get_connection(cls, conn_id):
            if conn_id not in passwords:
                raise AirflowNotFoundException(conn_id)
            return type("Connection", (), {"password": passwords[conn_id]})

    errors = {one.__name__: one for one in (AirflowException, AirflowFailException, AirflowNotFoundException)}
    everywhere = {"pendulum": {"datetime": lambda year, month, day, tz: (year, month, day, tz)}}
    modules = {
        "Airflow 2": {"airflow": {"DAG": Dag}, "airflow.decorators": {"task": task}, "airflow.exceptions": errors,
                      "airflow.hooks": {}, "airflow.hooks.base": {"BaseHook": BaseHook}},
        "Airflow 3": {"airflow": {}, "airflow.sdk": {"DAG": Dag, "BaseHook": BaseHook, "task": task},
                      "airflow.sdk.exceptions": errors},
    }[request.param]  # fmt: skip
    for name, content in {**modules, **everywhere}.items():
        module = ModuleType(name)
        module.__dict__.update(content, __path__=[])
        monkeypatch.setitem(sys.modules, name, module)
    Dag.made.clear()
    return passwords


def loaded(asked):
    exec(compile(only(rendered(asked, "airflow").files), "dag.py", "exec"), {"__name__": "dag"})  # noqa: S102  our own
    (dag,) = Dag.made
    (refresh,) = dag.tasks
    return dag, refresh


@pytest.fixture
def program(tmp_path):
    """A program that shows where and with what it was started, and ends as told."""
    folder = tmp_path / AWKWARD
    folder.mkdir()
    path = folder / "audience-builder"
    path.write_text('#!/bin/sh\necho "$PWD|${META_ACCESS_TOKEN}|$*|$(umask)"\necho oops >&2\nexit "$(cat "$0.code")"\n')
    path.chmod(0o755)
    return path


def ending(program, code):
    program.with_name("audience-builder.code").write_text(str(code))
    return job(command=str(program), folder=str(program.parent), when=When.parse("03:15", "weekday", "Europe/Berlin"))


def test_the_dag_runs_alone_and_catches_nothing_up(airflow, program):
    dag, refresh = loaded(ending(program, 0))
    assert (dag.dag_id, dag.schedule) == ("audience_builder_acme", "15 3 * * 1-5")
    assert dag.start_date == (2026, 1, 1, "Europe/Berlin")
    assert (dag.catchup, dag.max_active_runs) == (False, 1)
    assert refresh.options == {
        "retries": 2, "retry_delay": timedelta(minutes=15), "execution_timeout": timedelta(hours=4),
    }  # fmt: skip


def test_the_task_takes_its_secret_from_a_connection(airflow, program, capsys):
    airflow["META_ACCESS_TOKEN"] = "a $token"
    loaded(ending(program, 0))[1].function()
    assert capsys.readouterr().out == (
        f"{program.parent}|a $token|refresh --apply audience.toml --wait 30|0077\noops\n\n"
    )


@pytest.mark.parametrize(("code", "retried"), [(6, True), (1, False), (2, False), (3, False), (4, False), (5, False)])
def test_only_exit_code_6_is_retried(airflow, program, code, retried):
    airflow["META_ACCESS_TOKEN"] = "token"
    with pytest.raises(AirflowException) as caught:
        loaded(ending(program, code))[1].function()
    assert (type(caught.value) is AirflowException) is retried
    assert isinstance(caught.value, AirflowFailException) is not retried
    assert f"exit code {code}" in str(caught.value)


def test_a_secret_without_a_connection_is_named_and_nothing_runs(airflow, program, capsys):
    with pytest.raises(AirflowFailException, match="no connection META_ACCESS_TOKEN"):
        loaded(ending(program, 0))[1].function()
    assert capsys.readouterr().out == ""


REAL = """
import json, sys
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models import DagBag
bag = DagBag(sys.argv[1])
(dag,) = bag.dags.values()
(refresh,) = dag.tasks
try:
    refresh.python_callable()
    ended = "success"
except Exception as error:
    ended = type(error).__name__
told = [bag.import_errors, dag.dag_id, dag.max_active_runs, dag.catchup, str(dag.timezone), refresh.retries, ended]
print(json.dumps(told), file=sys.stderr)
"""


@pytest.mark.parametrize(("code", "ends"), [(0, "success"), (4, "AirflowFailException"), (6, "AirflowException")])
def test_airflow_itself_takes_the_dag(tmp_path, program, code, ends):
    python = os.environ.get("AIRFLOW_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import airflow"], capture_output=True, check=False, cwd=tmp_path).returncode:
        pytest.skip("Airflow is not installed; AIRFLOW_PYTHON may name a Python that has it")
    dags = tmp_path / "dags"
    dags.mkdir()
    for name, text in rendered(ending(program, code), "airflow").files.items():
        (dags / name).write_text(text)
    environ = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PATH": os.environ["PATH"],
               "AIRFLOW_CONN_META_ACCESS_TOKEN": '{"conn_type": "generic", "password": "token"}'}  # fmt: skip
    done = subprocess.run(
        [python, "-c", REAL, dags], capture_output=True, text=True, check=False, cwd=tmp_path, env=environ
    )
    told = json.loads(done.stderr.splitlines()[-1])
    assert told == [{}, "audience_builder_acme", 1, False, "Europe/Berlin", 2, ends]
