"""施工单位档案: builders with their agreed forms and limits, who built what, and what was changed by whom (5.5.2-3, A.8)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.refusals import Forbidden
from desk.builder_forms import BuilderForm, DropShareForm, NewBuilderForm, ShareForm
from desk.fields import Change, differences, who
from desk.notice_list import READERS
from desk.roles import only_for, person
from people.models import User
from people.roles import ES, SS
from places import actions
from places.models import Builder, Building, Community, Component
from tickets.steps import StepView

KEEPERS = (SS, ES)
LABELS = {
    "name": gettext_lazy("单位名称"), "kind": gettext_lazy("类别"), "contact": gettext_lazy("联系人"), "phone": gettext_lazy("联系电话"),
    "email": gettext_lazy("邮箱"), "agreement": gettext_lazy("维保协议号"), "form": gettext_lazy("一般通知的形式"),
    "form_urgent": gettext_lazy("紧急通知的形式"), "arrive_hours": gettext_lazy("一般：几小时内到场"),
    "arrive_hours_urgent": gettext_lazy("紧急：几小时内到场"), "finish_days": gettext_lazy("一般：几天内完工"),
    "renews_term": gettext_lazy("修好后质保期重新起算"),
}  # fmt: skip


@require_GET
@only_for(*READERS)
def builder_list(request: HttpRequest) -> HttpResponse:
    """Every builder and contractor of the estates a person sees, with what its agreement says."""
    user = person(request)
    rows = Builder.objects.visible_to(user).select_related("community").annotate(homes=Count("units"))
    several = Community.objects.visible_to(user).count() > 1
    context = {
        "builders": rows.order_by("community__code", "kind", "name"), "several": several,
        "add_url": reverse("add_builder") if user.may(*KEEPERS) else "",
    }  # fmt: skip
    return render(request, "desk/builder_list_page.html", context)


@require_GET
@only_for(*READERS)
def builder(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: agreement, what it built, its last notices, and every change."""
    user = person(request)
    found = builder_seen(user, pk)
    if not user.may(*READERS, within=found.community_id):
        raise Http404
    context = {
        "builder": found, "keeps": user.may(*KEEPERS, within=found.community_id), "homes": found.units.count(),
        "shares": found.built.select_related("building", "component").order_by("building__code", "component__order"),
        "last": found.notices.order_by("-pk")[:6], "changes": changes(found),
    }  # fmt: skip
    return render(request, "desk/builder_page.html", context)


def builder_seen(user: User, pk: int) -> Builder:
    """The builder, if it is one of an estate this person sees."""
    found: Builder = get_object_or_404(Builder.objects.visible_to(user).select_related("community"), pk=pk)
    return found


def changes(found: Builder) -> list[Change]:
    """What was changed in its data, and which parts were put to its name or taken off; newest first."""
    rows = list(found.history.select_related("history_user").order_by("history_date", "history_id"))
    said = [Change(after.history_date, who(after), label, *words(after, name, old, new)) for after, label, name, old, new in differences(rows, LABELS)]  # fmt: skip
    shares = found.built.model.history.filter(builder=found.pk).select_related("history_user")
    buildings = Building.objects.in_bulk({row.building_id for row in shares if row.building_id})
    parts = Component.objects.in_bulk({row.component_id for row in shares if row.component_id})
    for row in shares:
        what = " ".join(str(each) for each in (buildings.get(row.building_id), parts.get(row.component_id)) if each)
        before, after = ("—", what) if row.history_type == "+" else (what, "—")
        said.append(Change(row.history_date, who(row), _("施工分工"), before, after))
    return sorted(said, key=lambda change: change.at, reverse=True)


def words(row: Any, name: str, old: Any, new: Any) -> tuple[str, str]:
    """Both values as they are read."""
    choices = dict(Builder._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
    return tuple(
        str(_("是") if value else _("否")) if isinstance(value, bool) else str(choices.get(value, value) or "—")
        for value in (old, new)
    )  # type: ignore[return-value]


class BuilderStep(StepView):
    """A change of a builder's data, by those who keep them."""

    label: Any = ""

    def get_record(self, **kwargs: Any) -> Any:
        return builder_seen(self.by, kwargs["pk"])

    def check(self, record: Any) -> None:
        within = record.community_id if isinstance(record, Builder) else None
        if not self.by.may(*KEEPERS, within=within):
            raise Forbidden(self.step, KEEPERS)

    def allowed(self, record: Any) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return str(self.label)

    def lock(self, record: Any) -> None:
        record.refresh_from_db(from_queryset=Builder.objects.select_for_update())


class NotYet:
    """A builder that is about to be entered."""

    pk = "new"

    def get_absolute_url(self) -> str:
        return reverse("builders")


class AddBuilder(BuilderStep):
    """A builder or contractor that is not there yet."""

    step = "add_builder"
    label = gettext_lazy("登记单位")
    form_class = NewBuilderForm
    body = "desk/_builder_fields.html"

    def get_record(self, **kwargs: Any) -> NotYet:
        return NotYet()

    def act(self, record: NotYet, facts: dict[str, Any]) -> Builder:
        return actions.add_builder(facts["community"], by=self.by, facts=facts["facts"])

    def done(self, record: NotYet, result: Builder) -> HttpResponse:
        return self.leave_to(result.get_absolute_url(), _("已登记%(name)s") % {"name": result.name})


class ChangeBuilder(BuilderStep):
    """Contact, agreement, forms, limits."""

    step = "change_builder"
    label = gettext_lazy("修改档案")
    form_class = BuilderForm
    body = "desk/_builder_fields.html"

    def act(self, record: Builder, facts: dict[str, Any]) -> Builder:
        return actions.change_builder(record, by=self.by, facts=facts)

    def confirmation(self, record: Builder, result: Any) -> str:
        return _("已修改%(name)s") % {"name": record.name}


class AddShare(BuilderStep):
    """What it built."""

    step = "add_share"
    label = gettext_lazy("登记分工")
    form_class = ShareForm

    def act(self, record: Builder, facts: dict[str, Any]) -> Any:
        return actions.add_share(record, by=self.by, **facts)

    def confirmation(self, record: Builder, result: Any) -> str:
        return _("已登记分工")


class DropShare(BuilderStep):
    """What it did not build."""

    step = "drop_share"
    label = gettext_lazy("删去分工")
    form_class = DropShareForm
    body = "desk/_drop_share_fields.html"

    def form(self, record: Builder, *data: Any) -> DropShareForm:
        asked = self.request.GET.get("share", "")
        return DropShareForm(*data, record=record, by=self.by, initial={"share": asked} if asked else {})

    def context(self, record: Builder, form: Any) -> dict[str, Any]:
        asked = str(form["share"].value() or "")
        rows = record.built.select_related("building", "component")
        share = rows.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
        return {"share": share} if share else {"blocked": _("这一条分工已经删去。")}

    def act(self, record: Builder, facts: dict[str, Any]) -> None:
        actions.drop_share(facts["share"], by=self.by)

    def confirmation(self, record: Builder, result: Any) -> str:
        return _("已删去分工")
