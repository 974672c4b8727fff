"""Rosters as offices keep them: read, understood, shown in a dry run, brought in all or nothing.

plan(file, community, answers) -> Plan shows; apply(plan, by) writes. Both are called by the command and by the set-up page.
"""

from places.roster.applying import Applied, apply
from places.roster.firms import Answers, Question
from places.roster.lines import Line, Outcome, Problem
from places.roster.planning import Plan, plan
from places.roster.sheets import Unreadable

__all__ = ["Answers", "Applied", "Line", "Outcome", "Plan", "Problem", "Question", "Unreadable", "apply", "plan"]
