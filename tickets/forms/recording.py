"""Forms of what becomes known of a repair: safety lines done, an objection, bad weather."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import TextField
from places.safety import Script, scripts
from tickets.forms.shared import StepForm
from tickets.models import Event
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


class WeatherForm(StepForm):
    """Tag it, or take the tag away."""

    def facts(self) -> dict[str, Any]:
        return {"weather": not self.record.weather}

    def seen(self) -> str:
        return str(self.record.weather)
