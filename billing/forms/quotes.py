"""A quote's lines, the customer's answer, and what overturns a quote."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms import formset_factory
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.lifecycle import QuoteState
from billing.models import Quote, QuoteLine
from core import clock
from core.fields import QuantityField, TextField
from core.money import LARGEST, ZERO, MoneyInput, shown
from people.roles import DU, FD, SS
from places.models import PriceItem
from places.queries import find_prices
from tickets.forms.shared import StepForm, speak
from tickets.models import Ticket
from tickets.states import State

LINES_MOST = 40
VISIT = "P01"


class LineForm(forms.Form):
    """A line of a quote: labour from the price list (then `code` says which item), a spare part, or free words with a price."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=QuoteLine.Kind.choices, initial=QuoteLine.Kind.LABOUR)
    code = TextField(required=False, max_length=6, widget=forms.HiddenInput)
    name = TextField(label=gettext_lazy("项目"), max_length=60)
    spec = TextField(label=gettext_lazy("规格"), required=False, max_length=30)
    model = TextField(label=gettext_lazy("型号"), required=False, max_length=30)
    unit = TextField(label=gettext_lazy("单位"), max_length=4)
    quantity = QuantityField(label=gettext_lazy("数量"), initial=Decimal(1))
    price = MoneyInput(label=gettext_lazy("单价"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self)

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.cleaned_data.get("DELETE"):  # what is wrong with a removed line is nobody's business
            self._errors = ErrorDict()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") == QuoteLine.Kind.LABOUR:
            data.update(spec="", model="")
        else:
            data["code"] = ""
        price, quantity = data.get("price"), data.get("quantity")
        if price is not None and quantity is not None and price * quantity > LARGEST:
            self.add_error("price", _("这一行的金额不能超过 ¥999,999.99。"))
        return data

    def line(self) -> QuoteLine:
        fields = {name: value for name, value in self.cleaned_data.items() if name != "DELETE"}
        return QuoteLine(**fields)


if TYPE_CHECKING:
    LineSet = forms.BaseFormSet[LineForm]
else:
    LineSet = forms.BaseFormSet  # not subscriptable while running


class BaseLines(LineSet):
    """The lines of one quote: at least one; a line with a code is that item of the price list, at the price of the day."""

    ticket: Ticket
    standing: list[QuoteLine]
    none = gettext_lazy("报价至少一行。")
    too_much = gettext_lazy("报价合计不能超过 ¥999,999.99。")

    def clean(self) -> None:
        if any(form.errors for form in self.forms):
            return
        lines = self.lines()
        if not lines:
            raise forms.ValidationError(self.none)
        if sum((line.amount for line in lines), ZERO) > LARGEST:
            raise forms.ValidationError(self.too_much)
        listed = {item.code: item for item in find_prices("", self.ticket.community, clock.today())}
        agreed = {(line.code, line.price) for line in self.standing}
        for form in self.forms:
            if form.cleaned_data.get("code") and not form.cleaned_data.get("DELETE"):
                self.follow_the_list(form, listed, agreed)

    def follow_the_list(self, form: LineForm, listed: dict[str, PriceItem], agreed: set[tuple[str, Decimal]]) -> None:
        """The list's price, or the one that the customer has agreed to before; name and unit are the list's."""
        data = form.cleaned_data
        item = listed.get(data["code"])
        if (data["code"], data["price"]) in agreed:
            return
        if item is None:
            form.add_error("name", _("价目表没有 %(code)s 这一项，重新选项目。") % {"code": data["code"]})
        elif data["price"] != item.price:
            facts = {"name": item.name, "price": shown(item.price)}
            form.add_error("price", _("%(name)s的价目是 %(price)s，改价先改价目表。") % facts)
        else:
            data.update(name=item.name, unit=item.unit)

    def lines(self) -> list[QuoteLine]:
        """The lines that were filled in and not removed."""
        found = [form for form in self.forms if getattr(form, "cleaned_data", None) and form.has_changed()]
        return [form.line() for form in found if not form.cleaned_data.get("DELETE") and form.cleaned_data.get("name")]


Lines = formset_factory(
    LineForm, formset=BaseLines, extra=0, min_num=1, max_num=LINES_MOST, absolute_max=LINES_MOST, can_delete=True
)


def visit_fee(ticket: Ticket) -> PriceItem | None:
    """What a visit without repair costs today (P01); None where the list has none."""
    return next((item for item in find_prices(VISIT, ticket.community, clock.today()) if item.code == VISIT), None)


class QuoteForm(StepForm):
    """A quote: its lines (a formset beside it) and whether the visit fee was told beforehand."""

    visit_fee_told = forms.BooleanField(required=False)

    def fit(self) -> None:
        data = self.data if self.is_bound else None
        standing = self.record.quotes.filter(state=QuoteState.ACCEPTED).prefetch_related("lines").first()
        before = list(standing.lines.all()) if standing else []
        names = ("kind", "code", "name", "spec", "model", "unit", "quantity", "price")
        # A revision begins with the lines that stand.
        initial = [{name: getattr(line, name) for name in names} for line in before]
        self.lines = cast(BaseLines, Lines(data, initial=None if data else initial, prefix="lines"))
        self.lines.ticket, self.lines.standing = self.record, before
        self.fit_visit_fee()

    def fit_visit_fee(self) -> None:
        fee = visit_fee(self.record) if self.record.state != State.ORDERED else None
        if fee is None:
            del self.fields["visit_fee_told"]
            return
        label = _("已事先讲明：不修收上门检测费 %(fee)s") % {"fee": shown(fee.price)}
        self.fields["visit_fee_told"].label = label

    def seen(self) -> str:
        return str(self.record.quotes.count())

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.lines.is_valid()])

    def facts(self) -> dict[str, Any]:
        return {"lines": self.lines.lines(), "visit_fee_told": self.cleaned_data.get("visit_fee_told", False)}


class OfferedForm(StepForm):
    """A form about the quote that waits for an answer; another quote by now is another question."""

    @property
    def quote(self) -> Quote | None:
        """The quote on offer, with its lines."""
        found: Quote | None = (
            self.record.quotes.filter(state=QuoteState.OFFERED).select_related("by").prefetch_related("lines").first()
        )
        return found

    def seen(self) -> str:
        return str(self.record.quotes.filter(state=QuoteState.OFFERED).values_list("pk", flat=True).first() or "")


class AnswerForm(OfferedForm):
    """Who agreed, as whom and how (5.5.1-3)."""

    name = TextField(label=gettext_lazy("谁认可的"), max_length=20)
    relation = forms.ChoiceField(label=gettext_lazy("身份"), widget=forms.RadioSelect)
    how = forms.ChoiceField(
        label=gettext_lazy("怎样认可的"), widget=forms.RadioSelect, choices=Quote.How.choices, initial=Quote.How.PHONE
    )

    def fit(self) -> None:
        callers = [choice for choice in Ticket.Relation.choices if choice[0] != Ticket.Relation.PATROL]
        cast(forms.ChoiceField, self.fields["relation"]).choices = callers
        ways = answers_of(self.by, self.record)
        cast(forms.ChoiceField, self.fields["how"]).choices = [one for one in Quote.How.choices if one[0] in ways]
        if len(ways) == 1:
            self.fields["how"].initial = ways[0]
        self.initial.setdefault("name", self.record.reporter_name)
        self.initial.setdefault("relation", self.record.relation)


def answers_of(by: Any, ticket: Ticket) -> list[str]:
    """How this person may take an answer: the desk in every way, night duty by telephone, a technician signed on site (lives.md)."""
    if by.may(FD, SS, within=ticket.community_id):
        return list(Quote.How.values)
    return [Quote.How.PHONE if by.may(DU, within=ticket.community_id) else Quote.How.SIGNED]


class DeclineForm(OfferedForm):
    """Why the customer does not want it, and the visit fee where it was told beforehand (C.1)."""

    reason = TextField(label=gettext_lazy("不修的原因"), max_length=100)
    visit_fee = forms.BooleanField(required=False)

    def fit(self) -> None:
        fee = visit_fee(self.record)
        told = self.record.quotes.filter(state=QuoteState.OFFERED, visit_fee_told=True).exists()
        if not told or fee is None:
            del self.fields["visit_fee"]
            return
        self.fields["visit_fee"].label = _("收上门检测费 %(fee)s") % {"fee": shown(fee.price)}

    def facts(self) -> dict[str, Any]:
        return {"visit_fee": False, **self.cleaned_data}
