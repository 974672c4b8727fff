"""What a roster changes beside what is there: new dwellings, facts that differ, people who moved in or have a new number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.text import masked_telephone
from places.models import Builder, Building, Community, Entrance, Resident, Unit
from places.roster import cells
from places.roster.lines import Dwelling, Line, Outcome, Person
from places.roster.where import Key


@dataclass
class Work:
    """What is to be done for one dwelling; `unit` is None for a new one."""

    line: Line
    dwelling: Dwelling
    builder: str
    unit: Unit | None = None
    values: dict[str, Any] = field(default_factory=dict)
    new_people: list[Person] = field(default_factory=list)
    changed_people: list[Resident] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if self.unit is None:
            return Outcome.NEW
        return Outcome.CHANGED if self.changes else Outcome.SAME


class Present:
    """A community as it stands: buildings, entrances, dwellings with people, and firms, under normal spellings; 5 queries."""

    def __init__(self, community: Community) -> None:
        self.buildings: dict[str, Building] = {}
        self.entrances: dict[tuple[str, str], Entrance] = {}
        self.units: dict[Key, Unit] = {}
        self.firms: dict[str, Builder] = {}
        if community.pk:
            self.firms = {firm.name: firm for firm in Builder.objects.filter(community=community)}
            self.buildings = {
                normal(cells.building, one.code): one for one in Building.objects.filter(community=community)
            }
            for entrance in Entrance.objects.filter(building__community=community).select_related("building"):
                building = normal(cells.building, entrance.building.code)
                self.entrances[building, normal(cells.entrance, entrance.code)] = entrance
            units = Unit.objects.filter(entrance__building__community=community)
            for unit in units.select_related("entrance__building", "builder").prefetch_related("residents"):
                self.units[key_of(unit)] = unit


def key_of(unit: Unit) -> Key:
    """The normal spelling of a dwelling that is there: one kept as 401 is the 0401 of a roster."""
    entrance = unit.entrance
    return Key(
        normal(cells.building, entrance.building.code),
        normal(cells.entrance, entrance.code),
        normal(cells.room, unit.code),
    )


def normal(parse: Any, code: str) -> str:
    try:
        return str(parse(code))
    except cells.Bad:
        return code


def compare(lines: Iterable[Line], present: Present, firms: dict[str, str]) -> list[Work]:
    """The work of every dwelling that is not refused. firms: {name in the file: name of the firm}."""
    return [
        work_for(line, line.dwelling, present.units.get(line.dwelling.key), firms.get(line.dwelling.builder, ""))
        for line in lines
        if line.dwelling and line.outcome not in {Outcome.REFUSED, Outcome.SKIPPED, Outcome.JOINED}
    ]


def work_for(line: Line, dwelling: Dwelling, unit: Unit | None, builder: str) -> Work:
    """What one dwelling needs. What the file leaves empty stays as it is."""
    work = Work(line, dwelling, builder, unit)
    if unit is None:
        work.new_people = dwelling.people
        return work
    facts = {
        "area": (_("面积"), dwelling.area, unit.area),
        "handed_over_on": (_("交付日期"), dwelling.handed_over_on, unit.handed_over_on),
        "builder": (_("施工单位"), builder, unit.builder.name if unit.builder else ""),
        "remark": (_("备注"), dwelling.remark, unit.remark),
    }
    for name, (label, said, there) in facts.items():
        if said and said != there:
            work.values[name] = said
            work.changes.append(f"{label} {there or _('空')} → {said}")
    for relation in Resident.Relation:
        wanted = [person for person in dwelling.people if person.relation == relation]
        match_people(work, wanted, [person for person in unit.residents.all() if person.relation == relation])
    return work


def match_people(work: Work, wanted: list[Person], there: list[Resident]) -> None:
    """Pair the people of one relation: the same, the same with a new number, and those who follow others; nobody is removed."""
    for same in (is_same, is_same_name, is_same_number):
        for person in list(wanted):
            found = next((resident for resident in there if same(person, resident)), None)
            if found:
                wanted.remove(person)
                there.remove(found)
                update(work, person, found)
    for person, resident in zip(wanted, there, strict=False):
        update(work, person, resident)
    for person in wanted[len(there) :]:
        work.new_people.append(person)
        work.changes.append(
            _("增加%(who)s %(person)s") % {"who": relation_label(person), "person": called(person.name, person.phone)}
        )


def is_same(person: Person, resident: Resident) -> bool:
    return person.name == resident.name and person.phone in {"", resident.phone}


def is_same_name(person: Person, resident: Resident) -> bool:
    return bool(person.name) and person.name == resident.name


def is_same_number(person: Person, resident: Resident) -> bool:
    """Somebody of whom one side knows the number alone."""
    return bool(person.phone) and person.phone == resident.phone and "" in {person.name, resident.name}


def update(work: Work, person: Person, resident: Resident) -> None:
    """Write into a resident what the roster knows better, and say what that changes."""
    before = called(resident.name, resident.phone)
    new = {"name": person.name, "title": person.title, "phone": person.phone}
    if person.name and resident.name and person.name != resident.name:
        values = new
    else:
        values = {name: value for name, value in new.items() if value}
    if all(getattr(resident, name) == value for name, value in values.items()):
        return
    changed = Resident(pk=resident.pk, unit_id=resident.unit_id, relation=resident.relation)
    for name in new:
        setattr(changed, name, values.get(name, getattr(resident, name)))
    work.changed_people.append(changed)
    work.changes.append(f"{relation_label(person)} {before} → {called(changed.name, changed.phone)}")


def relation_label(person: Person) -> str:
    return str(Resident.Relation(person.relation).label)


def called(name: str, phone: str) -> str:
    """A name with its number masked: what is printed may lie on a desk."""
    return " ".join(filter(None, [name, masked_telephone(phone) if phone else ""])) or _("空")


def completions(works: Iterable[Work], present: Present) -> dict[str, Any]:
    """{building: its completion day} where the file gives another one than is there; one day a building, by then."""
    said: dict[str, Any] = defaultdict(lambda: None)
    for work in works:
        said[work.dwelling.key.building] = work.dwelling.completed_on or said[work.dwelling.key.building]
    return {
        code: day
        for code, day in said.items()
        if code in present.buildings and day and present.buildings[code].completed_on != day
    }
