"""合并重复报修: one report into the one that stands, or many at once into one (G13, burst main)."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from callbacks import merging
from callbacks.answers import uncallable
from callbacks.models import GroupMessage
from core import clock
from core.fields import TextField
from core.refusals import Forbidden
from core.text import listed
from desk.clocks import said
from desk.rows import stands
from desk.ticket_list import meaning
from people.models import User
from people.roles import SS, front_desk
from places.queries import printed_number
from tickets.merging import MOST
from tickets.models import Deadline, Ticket, TicketQuerySet
from tickets.states import FINAL, FRESH, State
from tickets.steps import StepForm, TicketStep

FEW, SHOWN = 6, 4
LIKELY = dt.timedelta(days=3)
SCOPES = {
    "": gettext_lazy("同部件、同栋"),
    "part": gettext_lazy("同部件"),
    "building": gettext_lazy("同栋"),
    "all": gettext_lazy("全部"),
}


def others_of(ticket: Ticket, user: User) -> TicketQuerySet:
    """Other repairs of its estate, ready for a line."""
    rows: TicketQuerySet = Ticket.objects.visible_to(user).filter(community=ticket.community_id).exclude(pk=ticket.pk)
    found: TicketQuerySet = rows.for_list().annotate(building=building()).order_by("reported_at", "pk")
    return found


def building() -> Coalesce:
    return Coalesce("area__building", "unit__entrance__building")


def building_of(ticket: Ticket) -> int | None:
    if ticket.area_id:
        return ticket.area.building_id if ticket.area else None
    return ticket.unit.entrance.building_id if ticket.unit else None


class MergeForm(StepForm):
    """Into which one: the likely ones, or another by number, room or name; was the caller told how it stands?"""

    into = forms.ChoiceField(label=gettext_lazy("合并到"), required=False, widget=forms.RadioSelect)
    q = TextField(
        label=gettext_lazy("别的报修"), required=False, max_length=60, help_text=gettext_lazy("编号、房号或姓名")
    )
    told = forms.BooleanField(label=gettext_lazy("已把那一件的进展告诉来电人"), required=False)

    def fit(self) -> None:
        self.likely = likely(self.record, self.by)
        now = clock.now()
        choices = [(other.number, line_of(other, now)) for other in self.likely]
        cast(forms.ChoiceField, self.fields["into"]).choices = choices
        if not choices:
            del self.fields["into"]
            self.fields["q"].required = True
        elif not self.is_bound:
            self.initial.setdefault("into", choices[0][0])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        q = data.get("q")
        if q:
            data["into"] = self.find(q)
        elif not self.errors and not data.get("into"):
            self.add_error("q", _("选一件，或写编号"))
        else:
            data["into"] = next((each for each in self.likely if each.number == data.get("into")), None)
        return data

    def find(self, q: str) -> Ticket | None:
        found = list(others_of(self.record, self.by).open().filter(meaning(q))[: SHOWN + 1])
        if not found:
            self.add_error("q", _("没有找到还没结束的“%(q)s”") % {"q": q})
        elif len(found) > 1:
            numbers = listed(printed_number(each.number) for each in found[:SHOWN])
            self.add_error("q", _("不止一件相符：%(numbers)s。写编号。") % {"numbers": numbers})
        return found[0] if len(found) == 1 else None

    def facts(self) -> dict[str, Any]:
        return {"into": self.cleaned_data["into"], "told": self.cleaned_data["told"]}


def likely(ticket: Ticket, user: User) -> list[Ticket]:
    """Open repairs of the same part of the last days, those of the same building first."""
    since = ticket.reported_at - LIKELY
    rows = others_of(ticket, user).open().filter(component=ticket.component_id, reported_at__gt=since)
    here = building_of(ticket)
    return sorted(rows[: 5 * FEW], key=lambda other: cast(Any, other).building != here)[:FEW]


def line_of(other: Ticket, now: dt.datetime) -> str:
    """BX-202611-0385 3栋2单元大堂：立管爆裂（已通知王强，尽快到场）."""
    facts = {
        "number": printed_number(other.number),
        "where": other.where,
        "fault": other.fault,
        "said": stands(other, now),
    }
    return _("%(number)s %(where)s：%(fault)s（%(said)s）") % facts


class Merge(TicketStep):
    """G13."""

    step = "merge"
    form_class = MergeForm
    body = "desk/_merge_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return merging.merge([record], by=self.by, **facts)

    def success_url(self, record: Any) -> str:
        standing = Ticket.objects.filter(duplicates=record.pk).first()
        return super().success_url(standing or record)

    def confirmation(self, record: Ticket, result: list[Ticket]) -> str:
        into = result[0].merged_into
        return _("已合并到 %(number)s") % {"number": printed_number(into.number if into else "")}


class GatherForm(StepForm):
    """Which of the fresh reports are the same fault."""

    tickets = forms.ModelMultipleChoiceField(
        label=gettext_lazy("要合并的报修"), queryset=Ticket.objects.none(), to_field_name="number",
        error_messages={"required": gettext_lazy("勾选要合并的报修")},
    )  # fmt: skip
    told = forms.BooleanField(label=gettext_lazy("已把进展告诉这些来电人"), required=False)

    def fit(self) -> None:
        cast(Any, self.fields["tickets"]).queryset = fresh(self.record, self.by)

    def facts(self) -> dict[str, Any]:
        return {"duplicates": list(self.cleaned_data["tickets"]), "told": self.cleaned_data["told"]}


def fresh(ticket: Ticket, user: User) -> TicketQuerySet:
    """Reports of its estate that may still be merged, with `late` where the notify promise was missed."""
    missed = Deadline.objects.filter(ticket=OuterRef("pk"), kind=Deadline.Kind.NOTIFY, due_at__lt=clock.now())
    rows = others_of(ticket, user).filter(state__in=FRESH)
    found: TicketQuerySet = rows.annotate(late=Exists(missed.exclude(met_at__lte=F("due_at"))))
    return found


class Gather(TicketStep):
    """Many reports of one fault into the repair that stands."""

    step = "gather"
    permission = front_desk
    form_class = GatherForm
    template = "desk/gather_page.html"
    fragment = "desk/gather_page.html"
    own_page = True

    def title(self, record: Ticket) -> str:
        return self.title_of_step()

    def title_of_step(self) -> str:
        return _("并入重复报修")

    def check(self, record: Ticket) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def out_of_turn(self, record: Ticket) -> str:
        if record.state in FINAL:
            return _("%(number)s 已结束，不能并入别的报修。") % {"number": printed_number(record.number)}
        return ""

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return merging.merge(into=record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: list[Ticket]) -> str:
        facts = {"n": len(result), "number": printed_number(record.number)}
        return ngettext("已合并 %(n)s 件到 %(number)s", "已合并 %(n)s 件到 %(number)s", len(result)) % facts

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        asked = self.request.GET.get("scope", "")
        scope, now = asked if asked in SCOPES else "", clock.now()
        rows = fresh(record, self.by)
        if scope in {"", "part"}:
            rows = rows.filter(component=record.component_id)
        if scope in {"", "building"}:
            rows = rows.filter(building=building_of(record))
        may_late = self.by.may(SS, within=record.community_id)
        ticked = set(form.data.getlist("tickets")) if form.is_bound else set()
        return {
            "rows": [line(each, now, may_late=may_late, ticked=ticked) for each in rows[:MOST]],
            "scopes": [(key, label, key == scope) for key, label in SCOPES.items()],
            "scope": scope,
            "said": stands(record, now),
            "ticket": record,
        }


class TellForm(StepForm):
    """One message to those who were merged: what is said and on which way."""

    channel = forms.ChoiceField(
        label=gettext_lazy("怎样告知"), choices=GroupMessage.Channel.choices, widget=forms.RadioSelect
    )
    text = TextField(label=gettext_lazy("告知内容"), lines=3, max_length=300)
    everybody = forms.BooleanField(
        label=gettext_lazy("第一位报修人也只告知，不再单独回访"), required=False,
        help_text=gettext_lazy("第一位的答复计入满意率，宜单独回访"),
    )  # fmt: skip

    def fit(self) -> None:
        ticket = self.record
        facts = {
            "where": ticket.where,
            "part": ticket.component,
            "phone": ticket.community.phone,
            "company": ticket.community.company,
        }
        said = _("您好，您反映的%(where)s%(part)s已修好。还有问题请打 %(phone)s。%(company)s") % facts
        self.initial.setdefault("text", said)


class Tell(TicketStep):
    """G13: a group answer."""

    step = "tell"
    permission = front_desk
    form_class = TellForm
    body = "desk/_tell_fields.html"

    def check(self, record: Ticket) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def title(self, record: Ticket) -> str:
        return self.title_of_step()

    def title_of_step(self) -> str:
        return _("统一告知")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return merging.tell(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: GroupMessage) -> str:
        n = result.told.count()
        return ngettext("已统一告知 %(n)s 人", "已统一告知 %(n)s 人", n) % {"n": n}

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        left = merging.to_be_told(record, everybody=True)
        merged = sum(not row.caller.first for row in left)
        found = {"n": merged, "first": len(left) - merged}
        blocked = uncallable(record, self.by) or ("" if left else _("没有还要告知的来电人。"))
        return {**found, "blocked": blocked} if blocked else found


def line(ticket: Ticket, now: dt.datetime, *, may_late: bool, ticked: set[str]) -> dict[str, Any]:
    """What a line of the list says; `held`: only the service supervisor merges it."""
    late = bool(cast(Any, ticket).late)
    return {
        "ticket": ticket,
        "number": printed_number(ticket.number),
        "reported": said(ticket.reported_at, now, name_today=True),
        "state": str(State(ticket.state).label),
        "held": late and not may_late,
        "late": late,
        "ticked": ticket.number in ticked,
    }
