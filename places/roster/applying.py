"""Bringing a planned roster in: all or nothing, in one transaction, with history."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from core.refusals import Refusal
from people.models import User
from places.models import Builder, Building, Community, Entrance, Resident, Unit
from places.roster.comparing import Present, Work, compare, completions
from places.roster.lines import Outcome, Person
from places.roster.planning import Plan

BATCH = 500
UNIT_FACTS = ["area", "handed_over_on", "builder", "remark", "label", "search_text"]


@dataclass(frozen=True)
class Applied:
    """How many dwellings came in, and how many were changed."""

    new: int
    changed: int


def apply(plan: Plan, by: User | None = None, *, skip_bad: bool = False) -> Applied:
    """Write what the plan says, or nothing. Refusal while rows are refused (unless left out on purpose) or firms are in question.

    Also refused when the community has changed since the plan was made, so that only what was shown is done.
    """
    if plan.questions:
        raise Refusal(_("有施工单位可能是同一家，先回答再导入。"))
    if plan.refused and not skip_bad:
        raise Refusal(_("有 %(n)s 行不能导入。改正后再导入，或注明略过。") % {"n": len(plan.refused)})
    with transaction.atomic():
        Community.objects.select_for_update().get(pk=plan.community.pk)
        present = Present(plan.community)
        works = compare(plan.lines, present, plan.firms)
        if [(work.outcome, work.changes) for work in works] != [(work.outcome, work.changes) for work in plan.works]:
            raise Refusal(_("核对之后资料有变动。重新核对再导入。"))
        return Writer(plan, present, by).write(works)


class Writer:
    """Writes the works of one plan in bulk."""

    def __init__(self, plan: Plan, present: Present, by: User | None) -> None:
        self.community, self.plan, self.present = plan.community, plan, present
        kept: dict[str, Any] = {
            "default_user": by,
            "default_change_reason": _("导入 %(name)s") % {"name": plan.name[:60]},
        }
        self.create = partial(bulk_create_with_history, batch_size=BATCH, **kept)
        self.update = partial(bulk_update_with_history, batch_size=BATCH, **kept)

    def write(self, works: list[Work]) -> Applied:
        new = [work for work in works if work.outcome == Outcome.NEW]
        changed = [work for work in works if work.outcome == Outcome.CHANGED]
        self.write_firms(works)
        self.write_buildings(works)
        self.write_new(new)
        self.write_changed(changed)
        return Applied(len(new), len(changed))

    def write_firms(self, works: list[Work]) -> None:
        """New firms, and the other spellings that were answered."""
        there = self.present.firms
        spellings = defaultdict(list)
        for spelling, name in self.plan.firms.items():
            if spelling != name:
                spellings[name].append(spelling)
        names = dict.fromkeys(work.builder for work in works if work.builder and work.builder not in there)
        new = [Builder(community=self.community, name=name, aliases=spellings[name]) for name in names]
        if new:
            self.create(new, Builder)
        for firm in there.values():
            if missing := [spelling for spelling in spellings[firm.name] if spelling not in firm.aliases]:
                firm.aliases = [*firm.aliases, *missing]
                self.update([firm], Builder, ["aliases"])
        there |= {firm.name: firm for firm in new}

    def write_buildings(self, works: list[Work]) -> None:
        """New buildings and entrances, and completion days that differ."""
        there, days = self.present.buildings, completions(works, self.present)
        for code, day in days.items():
            there[code].completed_on = day
        Building.objects.bulk_update([there[code] for code in days], ["completed_on"], batch_size=BATCH)
        said = {work.dwelling.key.building: work.dwelling.completed_on for work in works if work.dwelling.completed_on}
        codes = dict.fromkeys(work.dwelling.key.building for work in works if work.dwelling.key.building not in there)
        new = [Building(community=self.community, code=code, completed_on=said.get(code)) for code in codes]
        there |= {building.code: building for building in Building.objects.bulk_create(new, batch_size=BATCH)}
        places = dict.fromkeys(
            work.dwelling.key[:2] for work in works if work.dwelling.key[:2] not in self.present.entrances
        )
        entrances = [Entrance(building=there[building], code=code) for building, code in places]
        self.present.entrances |= dict(
            zip(places, Entrance.objects.bulk_create(entrances, batch_size=BATCH), strict=True)
        )

    def write_new(self, works: list[Work]) -> None:
        """New dwellings with their people."""
        units, people = [], []
        for work in works:
            unit = Unit(
                entrance=self.present.entrances[work.dwelling.key[:2]],
                code=work.dwelling.key.room,
                area=work.dwelling.area,
                handed_over_on=work.dwelling.handed_over_on,
                builder=self.present.firms.get(work.builder),
                remark=work.dwelling.remark,
            )
            residents = [resident(person, unit) for person in work.new_people]
            unit.fill_search(residents)
            units.append(unit)
            people.append(residents)
        if units:
            self.create(units, Unit)
        self.write_people([one for residents in people for one in residents])

    def write_people(self, people: list[Resident]) -> None:
        """New residents, once their dwellings have been saved."""
        for one in people:
            one.unit_id = one.unit.pk
        if people:
            self.create(people, Resident)

    def write_changed(self, works: list[Work]) -> None:
        """Facts and people that differ; the search text of each dwelling is made anew."""
        units = [work.unit for work in works if work.unit]
        for work in works:
            for name, value in work.values.items():
                setattr(work.unit, name, self.present.firms[value] if name == "builder" else value)
        if people := [one for work in works for one in work.changed_people]:
            self.update(people, Resident, ["name", "title", "phone"])
        self.write_people([resident(person, work.unit) for work in works for person in work.new_people if work.unit])
        residents = defaultdict(list)
        for one in Resident.objects.filter(
            unit__entrance__building__community=self.community, unit__in=[unit.pk for unit in units]
        ):
            residents[one.unit_id].append(one)
        for unit in units:
            unit.fill_search(residents[unit.pk])
        if units:
            self.update(units, Unit, UNIT_FACTS)


def resident(person: Person, unit: Unit) -> Resident:
    return Resident(unit=unit, relation=person.relation, name=person.name, title=person.title, phone=person.phone)
