"""What is typed at registration and what it stands for: a place, a part, a person behind a mask, the moment of the call."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.core import signing
from django.utils.translation import gettext as _

from core.text import listed, masked_telephone, squeezed
from people.models import User
from places.models import Component, PublicArea, Resident, Unit
from places.near import near_places
from places.queries import find_components, find_places, parse_address
from tickets.models import Place, Ticket

UNIT, AREA = "unit", "area"
Where = Unit | PublicArea
noted = signing.Signer(salt="tickets.call")


class Known(NamedTuple):
    """A person whose whole name and number the server knows: a resident, or the caller of an earlier report."""

    key: str
    name: str
    called: str
    phone: str
    relation: str

    @property
    def relation_word(self) -> str:
        return str(dict(Ticket.Relation.choices).get(self.relation, ""))

    @property
    def masked(self) -> str:
        return masked_telephone(self.phone) if self.phone else ""


def known_resident(person: Resident) -> Known:
    return Known(f"r{person.pk}", person.name, person.called, person.phone, person.relation)


def known_caller(ticket: Ticket) -> Known:
    return Known(f"t{ticket.number}", ticket.reporter_name, ticket.called, ticket.phone, ticket.relation)


def begun(user: User, at: dt.datetime) -> str:
    """A signed note of when this person's call began, for a hidden field."""
    return noted.sign(f"{user.pk}.{int(at.timestamp())}")


def call_began(token: str, user: User) -> dt.datetime | None:
    """When the call began as the server noted it; None for a foreign or forged note."""
    try:
        pk, seconds = noted.unsign(token).split(".")
    except (signing.BadSignature, ValueError):
        return None
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC) if pk == str(user.pk) else None


def wrong_time(
    data: dict[str, Any], now: dt.datetime, *, longest: dt.timedelta, supervisor: bool
) -> tuple[str, str] | None:
    """Field and sentence where the report's time cannot stand: it is that of the call as the server noted it (`rang_at`);
    set back by hand (`called_at`) only with a reason, and beyond `longest` by a supervisor only (sop.md readings)."""
    reported = data.get("called_at") or data["rang_at"]
    if not reported:
        return None
    if reported > now:
        return "called_at", _("报修时间不能晚于现在")
    if now - reported > longest and not supervisor:
        return "called_at", _("报修时间最多往前改 30 分钟；停机补录由客服主管登记")
    if now - reported > longest and not data.get("backdated_because"):
        return "backdated_because", _("报修时间在 30 分钟以前，写明停机补录的原因")
    if data.get("called_at") and not data.get("backdated_because"):
        return "backdated_because", _("报修时间往前改了，写明原因")
    return None


def known_person(user: User, key: str, place: Where | None) -> Known | None:
    """The person a key of a form stands for, if he belongs to that place or reported there before."""
    if key.startswith("r") and key[1:].isdecimal() and isinstance(place, Unit):
        person = next((one for one in place.residents.all() if str(one.pk) == key[1:]), None)
        return known_resident(person) if person else None
    if key.startswith("t"):
        ticket = Ticket.objects.visible_to(user).filter(number=key[1:31]).first()
        return known_caller(ticket) if ticket else None
    return None


def find_place(user: User, kind: str, pk: str, text: str) -> tuple[Where | None, str]:
    """The dwelling or public area that was chosen or typed, else the sentence that says why there is none."""
    chosen = chosen_place(user, kind, pk)
    if chosen and text and squeezed(str(chosen)) != squeezed(text):  # typed over without a script
        chosen = None
    if chosen or not text:
        return chosen, "" if chosen else _("选定房号或公共区域")
    found = find_places(user, text)
    places: list[Where] = [*found.units, *found.areas]
    if len(places) == 1:
        return places[0], ""
    return None, several(places) if places else unknown(user, text)


def chosen_place(user: User, kind: str, pk: str) -> Where | None:
    """The dwelling or area of an id, if this person may see it."""
    if not pk.isdecimal() or len(pk) > 18:
        return None
    if kind == AREA:
        area: PublicArea | None = (
            PublicArea.objects.visible_to(user).select_related("building", "community").filter(pk=pk).first()
        )
        return area
    units = Unit.objects.visible_to(user).select_related("entrance__building__community", "builder")
    unit: Unit | None = units.prefetch_related("residents").filter(pk=pk).first()
    return unit


def standing_repair(user: User, number: str) -> Ticket | None:
    """The repair that another caller's report is merged into, if this person may see it."""
    found: Ticket | None = Ticket.objects.visible_to(user).filter(number=number[:30]).first() if number else None
    return found


def earlier_repair(user: User, place: Where | None, number: str) -> Ticket | None:
    """The completed repair of the same place that a report redoes."""
    if not number or place is None:
        return None
    same = {"unit": place} if isinstance(place, Unit) else {"area": place}
    rows = Ticket.objects.visible_to(user).filter(number=number[:30], completed_at__isnull=False, **same)
    found: Ticket | None = rows.first()
    return found


def several(places: list[Where]) -> str:
    """有 3 处相符：3栋2单元1201、…"""
    names = listed(places[:4])
    return _("有 %(n)s 处相符：%(names)s。写全房号，或从列表里选。") % {"n": len(places), "names": names}


def unknown(user: User, text: str) -> str:
    """没有 3-0777，相近：3-0707、3-0770."""
    address = parse_address(text)
    wanted = address.said if address else text
    near = listed(each.printed if isinstance(each, Unit) else each.name for each in near_places(user, text))
    if near:
        return _("没有 %(wanted)s，相近：%(near)s") % {"wanted": wanted, "near": near}
    return _("没有找到“%(wanted)s”") % {"wanted": wanted}


def find_component(code: str, text: str, *, public: bool) -> tuple[Component | None, str]:
    """The part that was chosen or typed, else the sentence that says why there is none."""
    part = Component.objects.select_related("trade").filter(pk=code).first() if code else None
    if part and text and squeezed(text) not in {squeezed(part.name), squeezed(str(part))}:
        part = None
    if part or not text:
        return part, "" if part else _("选部件")
    found = find_components(text, Place.PUBLIC if public else Place.HOME)
    exact = [part for part in found if squeezed(part.name) == squeezed(text)] or found
    if len(exact) == 1:
        return exact[0], ""
    if not found:
        return None, _("没有部件“%(text)s”。换个说法，或选相近的部件。") % {"text": text}
    return None, _("部件有几种：%(parts)s。选一种。") % {"parts": listed(found[:4])}
