"""What a slip needs before it is written: who does or watches the work, when, and for a public repair at whose cost."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.clock import local
from core.fields import DayField, TextField
from people.models import User
from people.queries import technicians
from places.models import Builder
from tickets.forms import StepForm, WindowField
from tickets.forms.shared import OTHER
from tickets.states import PUBLIC_NATURES, Urgency
from workorders.issuing import Cost
from workorders.states import Bearer

FEW = 6  # people shown as keys; more become a list
OURS = [choice for choice in Bearer.choices if choice[0] != Bearer.BUILDER]


def offer_technicians(form: StepForm, name: str = "technician") -> None:
    """Who of the trade may be chosen in that field; he who knows the job already is chosen."""
    people = technicians(form.record.community_id, form.record.trade_id)
    field = cast(Any, form.fields[name])
    if len(people) > FEW:
        field.widget = forms.Select()
    field.queryset = User.objects.filter(pk__in=[person.pk for person in people])
    if form.record.technician_id:
        form.initial.setdefault(name, form.record.technician_id)


def has_window(ticket: Any) -> bool:
    """Is a window agreed that still lies ahead?"""
    return bool(ticket.window_to and ticket.window_to > clock.now())


class IssueWarrantyForm(StepForm):
    """Who supervises the builder (3.3-2), and when he comes (5.5.2-4)."""

    technician = forms.ModelChoiceField(
        label=gettext_lazy("现场监督"), queryset=User.objects.none(), widget=forms.RadioSelect, empty_label=None,
        help_text=gettext_lazy("陪施工单位到场、看着修完的技工"),
    )  # fmt: skip
    window = WindowField(label=gettext_lazy("与客户约定"))

    def fit(self) -> None:
        offer_technicians(self)
        if self.record.nature in PUBLIC_NATURES or has_window(self.record):
            del self.fields["window"]
            return
        notice = self.record.notices.exclude(agreed_to=None).order_by("pk").last()
        typed = {"slot": OTHER}
        if notice and notice.agreed_to > clock.now():
            starts, ends = local(notice.agreed_from), local(notice.agreed_to)
            typed |= {"day": f"{starts:%F}", "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
        self.initial.setdefault("window", typed)

    def seen(self) -> str:
        return f"{self.record.builder_id or ''}"


class BearerForm(StepForm):
    """Who bears the cost (5.2.2-2): the fund with its approval number, a liable person by name."""

    bearer = forms.ChoiceField(label=gettext_lazy("费用承担"), widget=forms.RadioSelect, choices=OURS)
    liable_person = TextField(
        label=gettext_lazy("责任人"), required=False, max_length=20, widget=forms.TextInput(attrs={"data-when": "bearer=liable"})
    )  # fmt: skip
    approval_number = TextField(
        label=gettext_lazy("批准文号"), required=False, max_length=40, widget=forms.TextInput(attrs={"data-when": "bearer=fund"})
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        bearer = data.get("bearer")
        if bearer == Bearer.LIABLE and not data.get("liable_person") and "liable_person" not in self.errors:
            self.add_error("liable_person", _("写明由谁承担，例如“某搬家公司”。"))
        if bearer == Bearer.FUND and not data.get("approval_number") and "approval_number" not in self.errors:
            self.add_error("approval_number", _("专项维修资金要有批准文号；急修先选公司，文号到后再改。"))
        return data

    def cost(self) -> dict[str, Any]:
        """The facts of the cost; what the chosen bearer does not need is left out."""
        data = self.cleaned_data
        return {
            "bearer": data["bearer"],
            "liable_person": data["liable_person"] if data["bearer"] == Bearer.LIABLE else "",
            "approval_number": data["approval_number"] if data["bearer"] == Bearer.FUND else "",
        }

    def facts(self) -> dict[str, Any]:
        return self.cost()


class ChangeBearerForm(BearerForm):
    """Another bearer after acceptance: the fund's number has come, or who is liable is found (decisions.md)."""

    def fit(self) -> None:
        for name in ("bearer", "liable_person", "approval_number"):
            self.initial.setdefault(name, getattr(self.record, name))

    def seen(self) -> str:
        return f"{self.record.bearer}/{self.record.liable_person}/{self.record.approval_number}"


class IssueFacilityForm(BearerForm):
    """A public repair (5.5.3-3): which piece of equipment, who does it, when, at whose cost."""

    installing = forms.TypedChoiceField(
        label=gettext_lazy("类别"), widget=forms.RadioSelect, coerce=lambda value: value == "1", initial="0",
        choices=[("0", gettext_lazy("维修")), ("1", gettext_lazy("安装"))],
    )  # fmt: skip
    equipment = TextField(label=gettext_lazy("设备名称"), max_length=40)
    equipment_no = TextField(label=gettext_lazy("设备编号"), required=False, max_length=20)
    contractor = forms.ModelChoiceField(
        label=gettext_lazy("谁来修"),
        queryset=Builder.objects.none(),
        required=False,
        empty_label=gettext_lazy("自有技工"),
    )
    technician = forms.ModelChoiceField(
        label=gettext_lazy("维修人"), queryset=User.objects.none(), widget=forms.RadioSelect, empty_label=None,
        help_text=gettext_lazy("外包单位来修的，选陪同的技工"),
    )  # fmt: skip
    planned_on = DayField(label=gettext_lazy("计划日期"))
    performer_on_site = forms.BooleanField(label=gettext_lazy("技工还在现场，单据随后送到"), required=False)

    field_order = (
        "installing", "equipment", "equipment_no", "contractor", "technician", "planned_on", "performer_on_site",
        "bearer", "liable_person", "approval_number",
    )  # fmt: skip

    def fit(self) -> None:
        offer_technicians(self)
        ticket = self.record
        firms = Builder.objects.filter(community=ticket.community_id, kind=Builder.Kind.CONTRACTOR).order_by("name")
        if firms:
            cast(Any, self.fields["contractor"]).queryset = firms
        else:
            del self.fields["contractor"]
            self.fields["technician"].help_text = ""
        routine = ticket.urgency == Urgency.ROUTINE
        if routine:
            del self.fields["performer_on_site"]
        if not routine or has_window(ticket):
            del self.fields["planned_on"]
        if ticket.taken_over:
            for name in ("bearer", "liable_person", "approval_number"):
                del self.fields[name]
        equipment = {"equipment": ticket.equipment or ticket.component.name, "equipment_no": ticket.equipment_no}
        for name, value in {**equipment, "bearer": Bearer.COMPANY, "planned_on": clock.today()}.items():
            self.initial.setdefault(name, value)

    def clean_planned_on(self) -> Any:
        day = self.cleaned_data["planned_on"]
        if day < clock.today():
            raise forms.ValidationError(_("计划日期已过，选今天以后。"), code="past")
        return day

    def facts(self) -> dict[str, Any]:
        money = ("bearer", "liable_person", "approval_number")
        cost = Cost(Bearer.BUILDER) if self.record.taken_over else Cost(**self.cost())
        return {**{name: value for name, value in self.cleaned_data.items() if name not in money}, "cost": cost}
