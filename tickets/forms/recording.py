"""Forms of what becomes known of a repair: safety lines done, an objection, bad weather."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import TextField
from core.templatetags.words import moment
from places.queries import printed_number
from places.safety import Script, scripts
from tickets.forms.shared import StepForm
from tickets.models import Event, Ticket
from tickets.queries import of_place, rework_window
from tickets.recording import RAN, Tick, done_of, scripts_for

# A tick is not older than the call may be long.
LONGEST_CALL = dt.timedelta(hours=2)
Lines = dict[str, dict[int, dt.datetime]]


class SafetyWidget(forms.Widget):
    """Scripts as check-lists; `<name>_times` says when each line was ticked: gas.1=2026-11-23T02:42:07Z gas.2=…"""

    template_name = "tickets/widgets/safety.html"
    use_fieldset = True
    scripts: Sequence[Script] = ()
    done: Mapping[str, Mapping[int, Tick]] = {}
    part = ""
    own_times = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Any]:
        ticked = data.getlist(name) if hasattr(data, "getlist") else []
        times = dict(pair.split("=", 1) for pair in data.get(f"{name}_times", "").split() if "=" in pair)
        return {"ticked": ticked, "times": times}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        ticked = value.get("ticked", []) if isinstance(value, dict) else []
        times = value.get("times", {}) if isinstance(value, dict) else {}
        context["widget"] |= {
            "cases": [self.case(script, ticked) for script in self.scripts],
            "times": " ".join(f"{key}={at}" for key, at in times.items()),
            "own_times": self.own_times,
        }
        return context

    def case(self, script: Script, ticked: Sequence[str]) -> dict[str, Any]:
        done = self.done.get(script.code, {})
        lines = [
            {"line": line, "key": f"{script.code}.{line.n}", "done": done.get(line.n), "on": f"{script.code}.{line.n}" in ticked}
            for line in script.lines
        ]  # fmt: skip
        return {"script": script, "lines": lines, "always": self.part in script.always}


class SafetyField(forms.Field):
    """Lines of safety scripts, cleaned to when each was done by case and number; call `offer` first."""

    widget = SafetyWidget

    def offer(self, offered: Sequence[Script], done: Mapping[str, Mapping[int, Tick]], part: str = "") -> None:
        """part: its scripts stand open whatever the urgency; the others only where it is pressing."""
        widget = cast(SafetyWidget, self.widget)
        widget.scripts, widget.done, widget.part = offered, done, part

    def clean(self, value: Any) -> Lines:
        now, found = clock.now(), Lines()
        for key in (value or {}).get("ticked", []):
            case, _dot, n = key.partition(".")
            script = scripts().get(case)
            if script and n.isdecimal() and 0 < int(n) <= len(script.lines):
                found.setdefault(case, {})[int(n)] = moment_of(value["times"].get(key, ""), now)
        if self.required and not found:
            raise ValidationError(_("勾选做过的步骤"), code="required")
        return found


def moment_of(text: str, now: dt.datetime) -> dt.datetime:
    """When a line was ticked, as the browser says it by the server's clock; now where that cannot be."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return now
    return at if at.tzinfo and now - LONGEST_CALL <= at <= now else now


class SafetyForm(StepForm):
    """More lines of the scripts of a repair (B.3)."""

    lines = SafetyField(label="")

    def fit(self) -> None:
        events = Event.objects.filter(ticket=self.record.pk, action=RAN).select_related("actor").order_by("seq")
        done = done_of(events)
        offered = scripts_for(self.record, done) or list(scripts().values())
        cast(SafetyField, self.fields["lines"]).offer(offered, done, self.record.component_id)


class ObjectionForm(StepForm):
    """What the customer says against the judgement (G20)."""

    words = TextField(
        label=gettext_lazy("客户怎么说"),
        lines=2,
        max_length=200,
        help_text=gettext_lazy("记下后不报价、不开单，由客服主管改判或维持"),
    )


class EarlierField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """BX-202611-0102 11月2日 更换阀芯."""

    def label_from_instance(self, earlier: Any) -> str:
        facts = {"number": printed_number(earlier.number), "at": moment(earlier.completed_at), "fault": earlier.fault}
        return _("%(number)s，%(at)s 修好：%(fault)s") % facts


class LinkForm(StepForm):
    """Which completed repair of the same place it may redo, those of the same part first."""

    earlier = EarlierField(
        label=gettext_lazy("哪一件的返修"), queryset=Ticket.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def fit(self) -> None:
        ticket = self.record
        window = clock.now() - rework_window(ticket.community, ticket.component)
        rows = of_place(ticket.site).filter(completed_at__gt=window, pk__lt=ticket.pk)
        same = Case(When(component=ticket.component_id, then=0), default=1)
        cast(Any, self.fields["earlier"]).queryset = rows.order_by(same, "-completed_at")
        first = rows.order_by(same, "-completed_at").first()
        self.initial.setdefault("earlier", first.pk if first else None)


class RefuseReworkForm(StepForm):
    """Why it is another fault."""

    because = TextField(label=gettext_lazy("为什么不算返修"), lines=2, max_length=200)


class WeatherForm(StepForm):
    """Tag it, or take the tag away."""

    def facts(self) -> dict[str, Any]:
        return {"weather": not self.record.weather}

    def seen(self) -> str:
        return str(self.record.weather)
