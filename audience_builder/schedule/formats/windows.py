"""A task for the Windows Task Scheduler.

The order of elements is that of the schema: a trigger's base elements, then its own
(https://learn.microsoft.com/en-us/windows/win32/taskschd/task-scheduler-schema). The text is ASCII without an XML
declaration, everything else as character references: ``schtasks`` and PowerShell hand the file on as UTF-16,
whatever it was, and refuse a declaration that says otherwise.
"""

import xml.etree.ElementTree as ET
from subprocess import list2cmdline
from typing import Final

from audience_builder.errors import ConfigError
from audience_builder.schedule.job import RUN_HOURS, Job
from audience_builder.schedule.rendering import Format, Rendered, variable_lines
from audience_builder.schedule.when import Every, When

__all__ = ["FORMAT"]

_NAMESPACE: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_FIRST_DAY: Final = "2026-01-01"
_WORKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def _render(job: Job) -> Rendered:
    for text in (*job.argv, job.folder):
        if "%" in text or "$(" in text:
            raise ConfigError(
                "The Task Scheduler cannot take these paths.",
                f"It would fill in variables, and there is a % or a $( in {text}.",
                "Rename the file or folder.",
            )
    task = ET.Element("Task", {"version": "1.2", "xmlns": _NAMESPACE})
    registration = ET.SubElement(task, "RegistrationInfo")
    _add(registration, "Description", _description(job))
    _add_trigger(ET.SubElement(task, "Triggers"), job.when)
    principal = ET.SubElement(ET.SubElement(task, "Principals"), "Principal", {"id": "Author"})
    _add(principal, "UserId", job.user)
    _add(principal, "LogonType", "S4U")  # whether the user is logged on or not, and without a stored password
    _add(principal, "RunLevel", "LeastPrivilege")
    settings = ET.SubElement(task, "Settings")
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("StartWhenAvailable", "true"),
        ("RunOnlyIfNetworkAvailable", "true"),
        ("ExecutionTimeLimit", f"PT{RUN_HOURS}H"),
    ):
        _add(settings, name, value)
    run = ET.SubElement(ET.SubElement(task, "Actions", {"Context": "Author"}), "Exec")
    _add(run, "Command", job.command)
    _add(run, "Arguments", list2cmdline(job.arguments))
    _add(run, "WorkingDirectory", job.folder)
    ET.indent(task)
    return Rendered(files={f"{job.title}.xml": ET.tostring(task).decode("ascii") + "\n"}, steps=tuple(_steps(job)))


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _add_trigger(parent: ET.Element, when: When) -> None:
    """Elements in the order of triggerBaseType, then calendarTriggerType."""
    trigger = ET.SubElement(parent, "CalendarTrigger")
    hourly = when.every is Every.HOUR
    hour = 0 if hourly else when.hour
    _add(trigger, "Enabled", "true")
    _add(trigger, "StartBoundary", f"{_FIRST_DAY}T{hour:02}:{when.minute:02}:00")
    if hourly:
        repetition = ET.SubElement(trigger, "Repetition")
        _add(repetition, "Interval", "PT1H")
        _add(repetition, "Duration", "P1D")
    if when.every in {Every.HOUR, Every.DAY}:
        _add(ET.SubElement(trigger, "ScheduleByDay"), "DaysInterval", "1")
        return
    weeks = ET.SubElement(trigger, "ScheduleByWeek")
    _add(weeks, "WeeksInterval", "1")
    days = ET.SubElement(weeks, "DaysOfWeek")
    for day in _WORKDAYS if when.every is Every.WEEKDAY else _WORKDAYS[:1]:
        ET.SubElement(days, day)


def _description(job: Job) -> str:
    names = ", ".join(one.name for one in job.variables)
    return (
        f"Brings the ad audiences of {job.whose} in line, {job.when.described(FORMAT.clock)}. "
        f"Reads these variables of the user's environment: {names}."
    )


def _steps(job: Job) -> list[str]:
    return [
        'Set each variable in "Edit environment variables for your account" (Start menu), under User variables;',
        "others on the machine cannot read them there:",
        *(f"  {line}" for line in variable_lines(job)),
        "Then, in a command prompt opened as administrator, from the folder of the file:",
        f'  schtasks /Create /TN "{job.title}" /XML "{job.title}.xml"',
        "It runs whether you are logged on or not, and without a password, so it cannot reach network shares.",
        f'Try it once: schtasks /Run /TN "{job.title}"; its Last Run Result is the exit code (0x4: a brake).',
        "The Task Scheduler knows no retry by exit code: what has to be tried again is continued by the next run.",
        "It keeps no output either: name [notify] addresses, so that a failure reaches you.",
    ]


FORMAT: Final = Format(
    title="Windows Task Scheduler",
    clock="this machine's clock",
    keeps_zone=False,
    systems=frozenset({"win32"}),
    render=_render,
)
