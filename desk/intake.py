"""Registration of a report on one screen: one telephone call, one form, what is known of the place beside it (screens 5.2)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from callbacks import merging
from core import clock
from core.clock import today, whole_second
from core.refusals import Forbidden
from core.text import telephone
from desk.clocks import exact, said
from desk.roles import person
from desk.rows import stands
from people.models import User
from people.roles import DESK
from places.builders import builder_of
from places.models import Builder, Component, Resident, Unit
from places.queries import find_places, printed_number
from places.views import options as place_options
from tickets import actions, photos, recording, registering, sla
from tickets.forms.finding import (
    AREA,
    UNIT,
    Known,
    Where,
    begun,
    call_began,
    chosen_place,
    known_caller,
    known_resident,
)
from tickets.forms.register import RegisterForm
from tickets.models import Event, Photo, Ticket
from tickets.queries import EARLIER, of_place, recommended, redone, rework_window, twins
from tickets.states import Urgency
from tickets.steps import StepView

ASKED = (
    "place_kind",
    "place_id",
    "component",
    "trade",
    "urgency",
    "man_made",
    "known",
    "call",
    "area",
    "rework_of",
    "to",
)


class Register(StepView):
    """The page and its POST: registered alone, or registered and told to engineering in one transaction."""

    step = "register"
    template = "desk/register_page.html"
    fragment = "desk/register_page.html"

    def get_record(self, **kwargs: Any) -> None:
        """There is no record yet."""

    def check(self, record: None) -> None:
        if not self.by.may(*DESK):
            raise Forbidden("register", DESK)

    def allowed(self, record: None) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return _("登记报修")

    def form(self, record: None, *data: Any) -> RegisterForm:
        initial = {} if data else opening(self.by, self.request.GET)
        return RegisterForm(*data, record=None, by=self.by, initial=initial)

    def act(self, record: None, facts: dict[str, Any]) -> Ticket:
        """Register (5.1.1), keep what was done for safety (B.3), notify at once where asked for (5.4.1), keep the photos."""
        report, to, pictures, safety, into = (facts.pop(name) for name in ("ticket", "to", "photos", "safety", "into"))
        now = clock.now()
        if into:
            made = merging.register_duplicate(report, into=into, by=self.by, at=now, rang_at=facts["rang_at"])
        else:
            made = registering.register(report, by=self.by, at=now, **facts)
        for case, lines in safety.items():
            recording.run_safety_script(made, by=self.by, case=case, lines=lines, at=now)
        if to:
            actions.notify_engineering(made, by=self.by, to=to, at=now)
        if pictures:
            photos.add_photo(made, by=self.by, photos=pictures, kind=Photo.Kind.REPORT, at=now)
        return made

    def used_up(self, event: Event) -> str:
        number = printed_number(event.ticket.number) if event.ticket else ""
        return _("这张表单已登记为 %(number)s。要再登记一件，再按一次。") % {"number": number}

    def done(self, record: None, result: Ticket) -> HttpResponse:
        messages.success(self.request, confirmation(result), extra_tags=f"saved:{self.draft()}")
        return redirect(self.success_url(result))

    def success_url(self, record: Any) -> str:
        """The new repair; another caller's of a known one leads to that."""
        return super().success_url(record.merged_into or record) if record else super().success_url(record)

    def draft(self) -> str:
        """Under which key the browser keeps what is typed: a call from a known dwelling apart from the open page's."""
        sent = self.request.POST.get("draft", "")
        return sent if re.fullmatch(r"register(:\w{1,40})?", sent) else "register"

    def context(self, record: None, form: Any) -> dict[str, Any]:
        draft = self.draft() if form.is_bound else f"register:{form.place.pk}" if form.place else "register"
        unknown = place_options(self.by, form.said("place_text")[:60]) if form.is_bound and not form.place else {}
        return {"draft": draft, **beside(form), "options": unknown}


def confirmation(ticket: Ticket) -> str:
    """已登记 BX-202611-0385，已通知徐亮 · 打印 · 再登记一件."""
    told = ticket.technician or ticket.team
    sentence = _("已登记 %(number)s") % {"number": printed_number(ticket.number)}
    if ticket.merged_into:
        into = printed_number(ticket.merged_into.number)
        sentence = _("%(registered)s，合并到 %(into)s") % {"registered": sentence, "into": into}
    elif told:
        sentence = _("%(registered)s，已通知%(who)s") % {"registered": sentence, "who": told}
    again = f"{reverse('register')}?again={ticket.number}"
    return format_html(
        '{} <button class="btn btn--small" type="button" data-print>{}</button> <a class="btn btn--small" href="{}">{}</a>',
        sentence, _("打印"), again, _("再登记一件"),
    )  # fmt: skip


@require_GET
def rail(request: HttpRequest) -> HttpResponse:
    """What a dwelling and a part bring along: the cards beside the form, and the parts of the form that depend on them."""
    user = person(request)
    if not user.may(*DESK):
        raise Forbidden("register", DESK)
    initial: dict[str, Any] = {name: request.GET.get(name, "") for name in ASKED}
    initial["window"] = {"slot": request.GET.get("window_slot", "")}
    form = RegisterForm(record=None, by=user, initial={name: value for name, value in initial.items() if value})
    return render(request, "desk/_register_rail.html", {"form": form, "oob": True, **beside(form)})


def opening(user: User, asked: Any) -> dict[str, Any]:
    """What the page begins with: ?unit= a dwelling, ?phone= who rings, ?again= the caller of a report just made."""
    number, unit, phone = (asked.get(name, "").replace("\x00", "").strip()[:60] for name in ("again", "unit", "phone"))
    phone = as_number(phone)
    before = (
        Ticket.objects.visible_to(user).select_related("unit", "area").filter(number=number).first() if number else None
    )
    if before:
        return {**as_place(before.unit or before.area), **as_person(known_caller(before))}
    place = chosen_place(user, UNIT, unit) or only_one(user, unit) or only_one(user, phone)
    known = caller_of(place, phone)
    found = {**as_place(place), **(as_person(known) if known else {"phone": phone})}
    return found if place or not unit else {**found, "place_text": unit}


def as_number(text: str) -> str:
    """The number that rings as it is kept, 139-0000-2222 → 13900002222; what is none, as it was given."""
    try:
        return telephone(text) if text else ""
    except ValidationError:
        return text


def only_one(user: User, text: str) -> Where | None:
    """The dwelling that was meant, if there is exactly one."""
    units = find_places(user, text).units if text else []
    return units[0] if len(units) == 1 else None


def caller_of(place: Where | None, phone: str) -> Known | None:
    """Who of the dwelling rings: the one with that number, else the first."""
    people: list[Resident] = list(place.residents.all()) if isinstance(place, Unit) else []
    chosen = next((one for one in people if phone and one.phone == phone), None) or (
        None if phone else next(iter(people), None)
    )
    return known_resident(chosen) if chosen else None


def as_place(place: Where | None) -> dict[str, Any]:
    if place is None:
        return {}
    return {"place_text": str(place), "place_kind": UNIT if isinstance(place, Unit) else AREA, "place_id": place.pk}


def as_person(known: Known) -> dict[str, Any]:
    return {"known": known.key, "reporter_name": known.called, "phone": known.masked, "relation": known.relation}


def beside(form: RegisterForm) -> dict[str, Any]:
    """The cards of the rail, the call's beginning, and what the save bar promises."""
    now, place = form.now, form.place
    began = call_began(form.said("call"), form.by) or (now if place else None)
    chosen = next((each for each in form.crew if each.key == form.said("to")), None) or recommended(form.crew)
    return {
        "place": place,
        "home": place if isinstance(place, Unit) else None,
        "lived": lived(place, today(now)),
        "residents": [known_resident(one) for one in place.residents.all()] if isinstance(place, Unit) else [],
        "verdict": form.warranty,
        "builder": original_builder(place, form.part),
        "part": form.part,
        "twins": [(twin, stands(twin, now)) for twin in twins(place, form.part)[:3]] if place and form.part else [],
        "redone": list(redone(place, form.part, now)[:3]) if place and form.part else [],
        "rework_days": rework_window(place.community, form.part).days if place and form.part else 0,
        **earlier(place),
        "crew": [each for each in form.crew if each.is_person],
        "teams": [each for each in form.crew if not each.is_person],
        "on_duty": sum(each.on_duty and each.is_person for each in form.crew),
        "chosen": chosen,
        "call": begun(form.by, began) if began else "",
        "promises": promises(form, whole_second(began), now) if began else None,
        "urgency": form.said("urgency") or Urgency.ROUTINE,
    }


def original_builder(place: Where | None, part: Component | None) -> Builder | None:
    """Who answers for the part; before one is chosen, who built the dwelling (5.5.2-3)."""
    if place is not None and part is not None and part.place != Component.Place.MUNICIPAL:
        return builder_of(place, part)
    return place.builder if isinstance(place, Unit) else None


def lived(place: Where | None, day: dt.date) -> str:
    """How long a dwelling has been handed over: 1 年 6 个月."""
    since = place.handed_over_on if isinstance(place, Unit) else None
    if since is None or since > day:
        return ""
    months = (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
    years, rest = divmod(months, 12)
    if not years:
        return ngettext("%(n)s 个月", "%(n)s 个月", rest) % {"n": rest}
    return _("%(years)s 年 %(n)s 个月") % {"years": years, "n": rest} if rest else _("%(years)s 年") % {"years": years}


def earlier(place: Where | None) -> dict[str, Any]:
    """The last repairs of this place, and how many there were."""
    if place is None:
        return {"earlier": [], "earlier_n": 0}
    rows = of_place(place)
    last = list(rows.order_by("-reported_at")[:EARLIER])
    return {"earlier": last, "earlier_n": len(last) if len(last) < EARLIER else rows.count()}


def promises(form: RegisterForm, began: dt.datetime, now: dt.datetime) -> dict[str, str]:
    """What starts with the saving, counted from the call: by when to notify, to arrive, to finish."""
    assert form.community is not None, "there is a place"
    report = Ticket(community=form.community, reported_at=began, urgency=Urgency.URGENT)
    return {
        "began": exact(began, now),
        "notify": exact(sla.notify_due(report), now),
        "arrive": exact(sla.arrive_due(report), now),
        "finish": said(sla.night_due(report), now, name_today=True),
    }
