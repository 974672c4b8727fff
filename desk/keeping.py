"""Keys and tools that are out of their place: listed on every shift sheet until they are back (screens 5.12, domain E.1)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from core.refusals import Forbidden
from desk import actions, forms
from desk.models import Kept
from desk.shift import chosen, estates
from people.roles import DESK
from tickets.steps import StepView


class KeepItem(StepView):
    """A key or a tool that is out of its place: on the list until it is back."""

    step = "keep_item"
    form_class = forms.KeepForm

    def get_record(self, **kwargs: Any) -> Kept:
        here = chosen(self.request, [row for row in estates(self.by) if self.by.may(*DESK, within=row.pk)])
        if here is None:
            raise Forbidden("keep_item", DESK)
        blank: Kept = Kept(community=here)
        return blank

    def allowed(self, record: Kept) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return _("登记钥匙或工具")

    def success_url(self, record: Any) -> str:
        return reverse("shift")

    def context(self, record: Kept, form: Any) -> dict[str, Any]:
        return {"subject": {"get_absolute_url": reverse("shift")}}

    def act(self, record: Kept, facts: dict[str, Any]) -> Kept:
        for name, value in facts.items():
            setattr(record, name, value)
        kept: Kept = actions.keep_item(record, by=self.by)
        return kept

    def confirmation(self, record: Kept, result: Any) -> str:
        return _("已登记：%(what)s") % {"what": record.what}


class ItemBack(StepView):
    """It is back."""

    step = "item_back"

    def get_record(self, **kwargs: Any) -> Kept:
        rows = Kept.objects.visible_to(self.by).select_related("community")
        found: Kept = get_object_or_404(rows, pk=kwargs["kept"])
        return found

    def check(self, record: Kept) -> None:
        if not self.by.may(*DESK, within=record.community_id):
            raise Forbidden("item_back", DESK)

    def allowed(self, record: Kept) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return _("登记归还")

    def success_url(self, record: Any) -> str:
        return reverse("shift")

    def context(self, record: Kept, form: Any) -> dict[str, Any]:
        return {"subject": {"get_absolute_url": reverse("shift"), "where": record.what, "fault": record.whom}}

    def act(self, record: Kept, facts: dict[str, Any]) -> None:
        actions.item_back(record, by=self.by)

    def confirmation(self, record: Kept, result: Any) -> str:
        return _("已归还：%(what)s") % {"what": record.what}


urlpatterns = [
    path("shift/kept/new/", KeepItem.as_view(), name="keep_item"),
    path("shift/kept/<int:kept>/back/", ItemBack.as_view(), name="item_back"),
]
