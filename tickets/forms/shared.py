"""What the forms of steps share: errors that name the field, whose fact it is, a window, somebody to call out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MinLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import SHANGHAI, local
from core.fields import MomentField
from people.models import Team, Trade, User
from people.queries import duty_first, holders
from people.roles import ES, TE
from tickets.forms.pictures import PhotosField
from tickets.queries import Candidate, Slot, recommended

OTHER = "other"


def speak(form: forms.Form) -> None:
    """Let every error of the form name its field and say what to do: 填写联系电话, 选紧急程度."""
    for field in form.fields.values():
        label = {"label": field.label or ""}
        asked = (
            _("选%(label)s") if isinstance(field, forms.ChoiceField | forms.ModelChoiceField) else _("填写%(label)s")
        )
        if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = asked % label
        if "invalid_choice" in field.error_messages:
            field.error_messages["invalid_choice"] = _("%(label)s没有这一项，重新选") % label
        field.validators = [worded(validator, label) for validator in field.validators]


def worded(validator: Any, label: dict[str, Any]) -> Any:
    """A limit of length that says the limit and what was typed."""
    if isinstance(validator, MaxLengthValidator):
        return MaxLengthValidator(
            validator.limit_value, _("%(label)s最多 %%(limit_value)d 个字，现有 %%(show_value)d 个") % label
        )
    if isinstance(validator, MinLengthValidator):
        return MinLengthValidator(validator.limit_value, _("%(label)s至少 %%(limit_value)d 个字") % label)
    return validator


class StepForm(forms.Form):
    """A form of one step; `facts()` are the keyword arguments of its action."""

    def __init__(self, *args: Any, record: Any, by: User, **kwargs: Any) -> None:
        self.record, self.by = record, by
        super().__init__(*args, **kwargs)
        self.fit()
        speak(self)
        for field in self.photo_fields():
            field.keep_for(by, self.data.get("once", ""))

    def fit(self) -> None:
        """Fit choices and initial values to record and person."""

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)

    def photo_fields(self) -> Iterator[PhotosField]:
        return (field for field in self.fields.values() if isinstance(field, PhotosField))

    def hold_photos(self) -> None:
        """The form is shown again: its photos wait here until it comes back."""
        for field in self.photo_fields():
            field.hold()

    def take_photos(self) -> None:
        """The form is accepted: what was held for it is its own now."""
        for field in self.photo_fields():
            field.take()

    def seen(self) -> str:
        """What this form changes, as the page showed it; another value by now is a 409. Empty: nothing to compare."""
        return ""


class ToldForm(StepForm):
    """A technician's step; the desk records it as told and names him and the time of the fact (trust.md §3)."""

    on_behalf_of = forms.ModelChoiceField(
        label=gettext_lazy("哪位技工"), queryset=User.objects.none(), empty_label=None
    )
    at = MomentField(label=gettext_lazy("办的时间"), required=False, help_text=gettext_lazy("空着是现在"))

    def fit(self) -> None:
        community = self.record.community_id
        if self.by.may(TE, ES, within=community):
            # His own device says when he pressed the button, also where the answer comes late (lives.md §0.4).
            del self.fields["on_behalf_of"]
            self.fields["at"] = MomentField(required=False, widget=forms.HiddenInput(attrs={"data-tap": True}))
            return
        people = holders(TE, ES, within=community)
        cast(Any, self.fields["on_behalf_of"]).queryset = people
        technician = getattr(self.record, "technician_id", None)
        self.initial.setdefault("on_behalf_of", technician or next((one.pk for one in duty_first(people, None)), None))
        self.order_fields([name for name in self.fields if name not in {"on_behalf_of", "at"}])

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if not (name == "at" and value is None)}


class WindowWidget(forms.Widget):
    """The next windows as keys, and another one by day and hours."""

    template_name = "tickets/widgets/window.html"
    use_fieldset = True
    slots: Sequence[Slot] = ()
    needed = True
    PARTS = ("slot", "day", "starts", "ends")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {part: data.get(f"{name}_{part}", "").strip() for part in self.PARTS}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_slot" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        typed = value if isinstance(value, dict) else {}
        context["widget"] |= {"slots": self.slots, "typed": typed, "other": OTHER, "needed": self.needed}
        return context


class WindowField(forms.Field):
    """A window agreed with the customer, cleaned to (from, to); call `offer` with the windows of the day first."""

    widget = WindowWidget
    slots: Sequence[Slot] = ()
    default_error_messages = {"required": gettext_lazy("选预约时间")}

    def offer(self, slots: Sequence[Slot]) -> None:
        self.slots = slots
        widget = cast(WindowWidget, self.widget)
        widget.slots, widget.needed = self.slots, self.required

    def clean(self, value: Any) -> tuple[dt.datetime, dt.datetime] | None:
        chosen = (value or {}).get("slot", "")
        if chosen == OTHER:
            return self.typed(value)
        if not chosen:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        slot = next((slot for slot in self.slots if slot.value == chosen), None)
        if slot is None:
            raise ValidationError(_("这个时段已过，重新选"), code="past")
        if slot.is_full:
            raise ValidationError(self.full(), code="full")
        return slot.starts, slot.ends

    def full(self) -> str:
        """该时段已满，13:30 还有 2 人."""
        free = next((slot for slot in self.slots if not slot.is_full), None)
        if free is None:
            return _("该时段已满，另定时间")
        return _("该时段已满，%(when)s 还有 %(n)s 人") % {"when": free.when, "n": free.free}

    def typed(self, value: dict[str, str]) -> tuple[dt.datetime, dt.datetime]:
        try:
            day = dt.date.fromisoformat(value["day"])
            starts, ends = (
                dt.datetime.combine(day, dt.time.fromisoformat(value[part]).replace(tzinfo=None))
                for part in ("starts", "ends")
            )
        except ValueError:
            raise ValidationError(_("另定时间要填日期、从几点、到几点"), code="typed") from None
        if ends <= starts:
            raise ValidationError(_("结束时间要晚于开始时间"), code="typed")
        return starts.replace(tzinfo=SHANGHAI), ends.replace(tzinfo=SHANGHAI)


class CalledWidget(forms.RadioSelect):
    """People and teams with what they are at; who is off duty cannot be chosen."""

    template_name = "tickets/widgets/called.html"

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **kwargs)
        if not label.on_duty:
            option["attrs"]["disabled"] = True
        return option


class CalledField(forms.ChoiceField):
    """Who is called out, cleaned to User or Team; call `offer` first."""

    widget = CalledWidget
    candidates: Sequence[Candidate] = ()

    def offer(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """Offer these, in that order; gives the one to be chosen beforehand."""
        self.candidates = candidates
        self.choices = [(each.key, each) for each in candidates]
        cast(Any, self.widget).recommended = recommended(list(candidates))
        return recommended(list(candidates))

    def clean(self, value: Any) -> User | Team | None:
        key = super().clean(value)
        chosen = next((each for each in self.candidates if each.key == key), None)
        if chosen and not chosen.on_duty:
            raise ValidationError(_("%(name)s现在不当班。选当班的技工。") % {"name": chosen.who}, code="off_duty")
        return chosen.who if chosen else None


def refused_with(form: forms.Form) -> int:
    """The status of a form that is not valid: 422, or that of the file it was refused for, if nothing else is wrong."""
    if len(form.errors) == 1:
        statuses = (getattr(form.fields.get(name), "status", 0) for name in form.errors)
        return next((status for status in statuses if status), 422)
    return 422


def wall(at: dt.datetime | None) -> str:
    """A moment as one value of a hidden field."""
    return f"{local(at):%Y-%m-%dT%H:%M:%S}" if at else ""


class TradeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A trade; `known` is the one that was looked up already."""

    known: Trade | None = None

    def to_python(self, value: Any) -> Any:
        return self.known if self.known and value == self.known.pk else super().to_python(value)
