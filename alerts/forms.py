"""Who is told of one kind of promise: at its due time, up to two warnings ahead, up to three further people while nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.policy import AFTER_MOST, WHOLE, Level
from people.roles import Role
from tickets.forms import StepForm

AHEAD, AFTER = ("ahead1", "ahead2"), ("after1", "after2", "after3")
HEARERS = [(role.value, role.label) for role in Role if role not in {Role.FINANCE, Role.ADMINISTRATOR}]


def roles_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=gettext_lazy("提醒谁"), choices=HEARERS, widget=forms.CheckboxSelectMultiple, required=False
    )


def number_field(label: str, most: int, sentence: str) -> forms.IntegerField:
    """A whole number from 1 on; whatever else is typed gets the one sentence."""
    wrong = dict.fromkeys(("invalid", "min_value", "max_value"), sentence)
    # No number box: the browser would refuse in its own language and name no remedy.
    box = forms.TextInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(
        label=label, required=False, min_value=1, max_value=most, error_messages=wrong, widget=box
    )


class BellsForm(StepForm):
    """One kind of promise. The record is its kind and the levels that hold now."""

    due_roles = roles_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in AHEAD:
            self.fields[name] = number_field(_("时限过去百分之几"), WHOLE - 1, _("填 1 到 99 的整数，100 就是到时限。"))
            self.fields[f"{name}_roles"] = roles_field()
        for name in AFTER:
            self.fields[name] = number_field(_("超时后几分"), AFTER_MOST, _("填 1 到 10080 的整数，最长 7 天。"))
            self.fields[f"{name}_roles"] = roles_field()
        self.begin(self.record.levels)

    def seen(self) -> str:
        """Which policy the page showed."""
        return str(self.record.policy.pk) if self.record.policy else "delivered"

    def begin(self, levels: tuple[Level, ...]) -> None:
        """Start from what holds now."""
        spare = {True: iter(AHEAD), False: iter(AFTER)}
        for level in levels:
            roles = [str(role) for role in level.roles]
            if level.is_due:
                self.initial.setdefault("due_roles", roles)
            elif name := next(spare[level.is_ahead], None):
                self.initial.update({name: level.share if level.is_ahead else level.after, f"{name}_roles": roles})

    def lines(self) -> Iterator[dict[str, Any]]:
        """The rows of the table on the page: what, its number and unit, its roles."""
        for name in AHEAD:
            yield {"word": _("提前提醒"), "field": self[name], "unit": "%", "roles": self[f"{name}_roles"]}
        yield {"word": _("到时限"), "field": None, "unit": "", "roles": self["due_roles"]}
        for name in AFTER:
            yield {"word": _("无人应答"), "field": self[name], "unit": _("分"), "roles": self[f"{name}_roles"]}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("due_roles"):
            self.add_error("due_roles", _("选到时限提醒谁。不能谁都不提醒。"))
        for name in (*AHEAD, *AFTER):
            self.whole_line(name, data)
        for names in (AHEAD, AFTER):
            said = [data[name] for name in names if data.get(name)]
            for name in names:
                if data.get(name) and said.count(data[name]) > 1 and not self.errors.get(name):
                    self.add_error(name, _("两行的数字不能一样。"))
        return data

    def whole_line(self, name: str, data: dict[str, Any]) -> None:
        """A number without roles, or roles without a number, is no line."""
        if name in self.errors:
            return
        roles = data.get(f"{name}_roles")
        if data.get(name) and not roles:
            self.add_error(f"{name}_roles", _("选提醒谁，或清空这一行的数字。"))
        if roles and not data.get(name):
            self.add_error(name, _("填数字，或不选这一行的人。"))

    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data

        def roles(name: str) -> tuple[Role, ...]:
            return tuple(Role(code) for code in data[name])

        found = [Level(data[name], 0, roles(f"{name}_roles")) for name in AHEAD if data.get(name)]
        found.append(Level(WHOLE, 0, roles("due_roles")))
        found += [Level(WHOLE, data[name], roles(f"{name}_roles")) for name in AFTER if data.get(name)]
        return {"levels": found}
