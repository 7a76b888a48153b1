"""Scheduled refreshes: plan, brake and apply the audiences of one client, or of a folder of clients."""

from audience_builder.refresh.client import apply, plan
from audience_builder.refresh.planfile import PlanFile
from audience_builder.refresh.ready import ways_to
from audience_builder.refresh.reports import AudienceReport, ClientReport
from audience_builder.refresh.terms import Terms
from audience_builder.refresh.workspace import PLAN_SUFFIX, Refreshed, check_together, refresh, worst

__all__ = [
    "PLAN_SUFFIX",
    "AudienceReport",
    "ClientReport",
    "PlanFile",
    "Refreshed",
    "Terms",
    "apply",
    "check_together",
    "plan",
    "refresh",
    "ways_to",
    "worst",
]
