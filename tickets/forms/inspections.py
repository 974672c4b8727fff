"""The sheet of a handover inspection as it is posted, and the forms of what follows (SOP 5.3.3)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import StrokesField, TextField
from core.text import cleaned, in_brackets, telephone
from people.queries import duty_first, holders
from people.roles import ES, TE
from tickets.forms.finding import Known, known_resident
from tickets.forms.moves import HOW
from tickets.forms.shared import CalledField, StepForm, ToldForm
from tickets.inspections import Finding, Look, Written
from tickets.inspections.following import GIVEN_UP, is_repaired
from tickets.models import MOST_LINES, Inspection, InspectionLine, Ticket
from tickets.queries import candidate, jobs_in_hand, teams
from tickets.states import Nature, State, Urgency

OTHER = "other"
COLUMNS = ("key", "seen", "position", "room", "component", "component_text", "fault", "urgency")
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f]+")


def rows_of(data: QueryDict) -> list[Written]:
    """The lines that were posted, as columns of equal length; a row without a key of its own is left out."""
    columns = [data.getlist(name)[: MOST_LINES * 2] for name in COLUMNS]
    gone = set(data.getlist("gone"))
    rows = (row_of(dict(zip(COLUMNS, values, strict=True)), gone) for values in zip_longest(*columns, fillvalue=""))
    return [row for row in rows if row]


def row_of(said: dict[str, str], gone: set[str]) -> Written | None:
    try:
        key = uuid.UUID(said["key"])
    except ValueError:
        return None
    return Written(
        key, seen=whole(said["seen"]), position=place_of(said["position"]), room=plain(said["room"]),
        component=plain(said["component"])[:20], component_text=plain(said["component_text"]), fault=plain(said["fault"]),
        urgency=said["urgency"] if said["urgency"] in Urgency.values else Urgency.ROUTINE, gone=said["key"] in gone,
    )  # fmt: skip


def plain(text: str) -> str:
    """What was typed into a cell, on one line; what cannot be seen is dropped, for nothing else of it must be lost."""
    try:
        return cleaned(UNSEEN.sub(" ", text))
    except ValidationError:
        return "".join(character for character in text if character.isprintable()).strip()


def whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def place_of(text: str) -> float:
    """Where on the sheet; 0 for what is no number."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if abs(number) < 1e6 else 0.0


class HandoverForm(StepForm):
    """Head and signature of a sheet; its lines are read by `rows_of`. `record` is the draft, unsaved while there is none."""

    person = forms.ChoiceField(label=gettext_lazy("验房客户"))
    reporter_name = TextField(label=gettext_lazy("姓名"), required=False, max_length=20)
    relation = forms.ChoiceField(
        label=gettext_lazy("身份"), choices=Ticket.Relation.choices, initial="owner", required=False
    )
    phone = TextField(label=gettext_lazy("联系电话"), required=False, max_length=30)
    handed_over_on = forms.DateField(
        label=gettext_lazy("交房日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("这一户还没有交付日。今日交房填今日；空着则质保待定"),
    )  # fmt: skip
    strokes = StrokesField()
    on_paper = forms.BooleanField(required=False, label=gettext_lazy("客户已签在纸上"))

    record: Inspection

    @cached_property
    def people(self) -> list[Known]:
        """Who lives there."""
        return [known_resident(person) for person in self.record.unit.residents.all()]

    def fit(self) -> None:
        words = [(one.key, f"{one.called}{in_brackets(one.relation_word)} {one.masked}".strip()) for one in self.people]
        cast(forms.ChoiceField, self.fields["person"]).choices = [*words, (OTHER, _("其他人"))]
        kept = (self.record.reporter_name, self.record.phone)
        known = next((one.key for one in self.people if (one.name, one.phone) == kept), "")
        self.initial.setdefault("person", known or (OTHER if any(kept) or not self.people else self.people[0].key))
        if not known:
            self.initial.setdefault("reporter_name", self.record.called if self.record.reporter_name else "")
            self.initial.setdefault("phone", self.record.masked_phone)
            self.initial.setdefault("relation", self.record.relation)
        self.initial.setdefault("handed_over_on", self.record.handed_over_on)
        if self.record.unit.handed_over_on:
            del self.fields["handed_over_on"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("person") == OTHER:
            self._clean_other(data)
        day = data.get("handed_over_on")
        if day and day > clock.today():
            self.add_error("handed_over_on", _("交房日期不能晚于今天"))
        return data

    def _clean_other(self, data: dict[str, Any]) -> None:
        """Somebody who is not on the list: his name, and a number that is whole or still the kept one behind its mask."""
        if not data.get("reporter_name") and "reporter_name" not in self.errors:
            self.add_error("reporter_name", _("填写姓名"))
        phone = data.get("phone", "")
        if phone and phone != self.record.masked_phone:
            try:
                data["phone"] = telephone(phone)
            except ValidationError as error:
                self.add_error("phone", error)
        elif not phone and "phone" not in self.errors:
            self.add_error("phone", _("填写联系电话"))

    def head(self) -> dict[str, Any]:
        """What of the head is right so far, as `save_head` wants it."""
        data = getattr(self, "cleaned_data", {})
        found: dict[str, Any] = {}
        person = next((one for one in self.people if one.key == data.get("person")), None)
        if person:
            found = {"reporter_name": person.name or person.called, "relation": person.relation, "phone": person.phone}
        elif data.get("person") == OTHER and data.get("reporter_name") and data.get("phone"):
            same_name = data["reporter_name"] == self.record.called
            same_phone = data["phone"] == self.record.masked_phone
            found = {
                "reporter_name": self.record.reporter_name if same_name else data["reporter_name"],
                "relation": data.get("relation") or Ticket.Relation.OTHER,
                "phone": self.record.phone if same_phone else data["phone"],
            }
        if "handed_over_on" in data:
            found["handed_over_on"] = data["handed_over_on"]
        return found

    def facts(self) -> dict[str, Any]:
        return {"strokes": self.cleaned_data["strokes"], "on_paper": self.cleaned_data["on_paper"]}


class BatchNotifyForm(StepForm):
    """Whom of engineering the one notice is given to: who stood by, a supervisor, a team."""

    to = CalledField(label=gettext_lazy("通知谁"))
    how = forms.ChoiceField(label=gettext_lazy("怎样通知"), choices=HOW, initial="phone", widget=forms.RadioSelect)

    def fit(self) -> None:
        at, community = clock.now(), self.record.community_id
        people = duty_first(holders(ES, within=community), at)
        there = self.record.registered_by
        if there and there.pk not in {one.pk for one in people} and there.may(TE, within=community):
            people = [there, *people]
        jobs = jobs_in_hand(people, at)
        found = [candidate(person, jobs.get(person.pk, []), at) for person in people]
        found.sort(key=lambda each: (not each.on_duty, each.who != there))
        chosen = cast(CalledField, self.fields["to"]).offer(found + teams(community, []))
        self.initial.setdefault("to", chosen.key if chosen else None)


class LineForm(ToldForm):
    """A form with fields of its own for each line: `lines` are those it asks about."""

    lines: list[InspectionLine]

    def rows(self) -> Iterator[tuple[InspectionLine, list[Any]]]:
        """Each line with its bound fields, for the template."""
        for line in self.lines:
            yield line, [self[name] for name in self.fields if name.endswith(f"_{line.pk}")]


class SurveyAsSeenForm(LineForm):
    """Every line with its computed responsibility, changed only with a reason (5.5.2-2)."""

    def fit(self) -> None:
        super().fit()
        self.fields.pop("at", None)
        states = [State.REPORTED, State.NOTIFIED]
        rows = self.record.lines.filter(ticket__state__in=states).exclude(ticket__urgency=Urgency.URGENT)
        self.lines = list(rows.select_related("ticket", "component").order_by("number"))
        choices = [
            (value, label) for value, label in Nature.choices if value in {"warranty_home", "paid_home", "undetermined"}
        ]
        for line in self.lines:
            assert line.ticket is not None, "filtered above"
            n = {"n": line.number}
            self.fields[f"nature_{line.pk}"] = forms.ChoiceField(
                label=_("第 %(n)s 项的性质") % n, choices=choices, initial=line.ticket.nature_guess
            )
            self.fields[f"reason_{line.pk}"] = TextField(
                label=_("第 %(n)s 项改判的原因") % n, required=False, max_length=100
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self.lines:
            changed = line.ticket and data.get(f"nature_{line.pk}") != line.ticket.nature_guess
            if changed and not data.get(f"reason_{line.pk}") and f"nature_{line.pk}" not in self.errors:
                self.add_error(f"reason_{line.pk}", _("第 %(n)s 项改判要写原因") % {"n": line.number})
        return data

    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        found = {line.pk: Finding(data[f"nature_{line.pk}"], data[f"reason_{line.pk}"]) for line in self.lines}
        return {"findings": found, "on_behalf_of": data.get("on_behalf_of")}


class ReinspectForm(StepForm):
    """Every line that has not passed: passed, not passed and why, or not looked at."""

    def fit(self) -> None:
        rows = self.record.lines.exclude(ticket__state__in=GIVEN_UP).exclude(passed=True)
        self.lines = list(rows.select_related("ticket", "component").order_by("number"))
        for line in self.lines:
            n = {"n": line.number}
            ways = [("", _("未看")), ("no", _("不通过"))]
            if is_repaired(line.ticket):
                ways.insert(1, ("yes", _("通过")))
            self.fields[f"passed_{line.pk}"] = forms.ChoiceField(
                label=_("第 %(n)s 项复验") % n, choices=ways, required=False
            )
            self.fields[f"words_{line.pk}"] = TextField(
                label=_("第 %(n)s 项还差什么") % n, required=False, max_length=100
            )

    def rows(self) -> Iterator[tuple[InspectionLine, list[Any]]]:
        for line in self.lines:
            yield line, [self[f"passed_{line.pk}"], self[f"words_{line.pk}"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self.lines:
            if data.get(f"passed_{line.pk}") == "no" and not data.get(f"words_{line.pk}"):
                self.add_error(f"words_{line.pk}", _("第 %(n)s 项不通过，写明还差什么") % {"n": line.number})
        if not self.errors and not any(data.get(f"passed_{line.pk}") for line in self.lines):
            self.add_error(None, _("选出复验过的项目"))
        return data

    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        looked = [line for line in self.lines if data[f"passed_{line.pk}"]]
        return {"looks": [Look(line, data[f"passed_{line.pk}"] == "yes", data[f"words_{line.pk}"]) for line in looked]}
