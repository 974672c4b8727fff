"""Views of the board under names of one's own: kept, renamed, put in order, dropped, and brought back (screens 5.1)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.fields import TextField
from core.refusals import Refusal
from core.text import listed
from desk.filters import SCOPES, Filters
from desk.queries import clocks_of, open_tickets
from desk.roles import READERS, only_for, person
from desk.rows import Item, items
from people.models import SavedView, User
from tickets.forms.shared import speak

MOST = 12
UNDO_SECONDS = 60 * 60
notes = signing.TimestampSigner(salt="desk.saved")


def views_of(user: User, shown: list[Item], filters: Filters) -> dict[str, Any]:
    """The tabs above the list with their numbers: everybody's, then one's own; where the present filters can be kept. One query."""
    own = list(user.saved_views.all())
    kept = next((view for view in own if view.query == filters.query), None)
    rest = Filters() if kept else filters  # of a view of one's own the others leave nothing standing
    scopes = {"": _("全部"), **SCOPES}
    common = [
        tab(label, replace(rest, scope=scope), user, shown, current=not kept and filters.scope == scope)
        for scope, label in scopes.items()
    ]
    return {
        "views": common + [tab(view.name, Filters.of(view.query), user, shown, current=view is kept) for view in own],
        "own": own,
        "views_url": f"{reverse('views')}?{filters.query}",
        "may_keep": not kept and filters != Filters(scope=filters.scope),
    }


def tab(label: Any, filters: Filters, user: User, shown: list[Item], *, current: bool) -> dict[str, Any]:
    n = sum(filters.passes(item, user) for item in shown)
    return {"label": label, "n": n, "url": filters.address(), "current": current}


class ViewForm(forms.Form):
    """A name, not given to another view of this person."""

    name = TextField(label=gettext_lazy("名称"), max_length=20)

    def __init__(self, *args: Any, user: User, view: SavedView | None = None, **kwargs: Any) -> None:
        self.others = user.saved_views.exclude(pk=view.pk) if view else user.saved_views.all()
        super().__init__(*args, **kwargs)
        speak(self)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.others.filter(name=name).exists():
            raise ValidationError(_("已有“%(name)s”，换个名称") % {"name": name}, code="taken")
        return name


@require_http_methods(["GET", "HEAD", "POST"])
@only_for(*READERS)
def views(request: HttpRequest) -> HttpResponse:
    """One's own, to be put in order. A POST keeps the filters of the address under a name, or changes `view`: see `change`."""
    user, filters = person(request), Filters.read(request.GET)
    if request.method != "POST":
        return show(request, filters, ViewForm(user=user))
    if chosen := request.POST.get("view", ""):
        pk = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0
        return change(request, get_object_or_404(user.saved_views, pk=pk), filters)
    form = ViewForm(request.POST, user=user)
    if not form.is_valid():
        return show(request, filters, form, status=422)
    view = keep(user, form.cleaned_data["name"], filters)
    messages.success(request, _("已存为视图“%(name)s”") % {"name": view.name})
    return led_to(request, filters.address())


def change(request: HttpRequest, row: SavedView, filters: Filters) -> HttpResponse:
    """`act` renames a view, moves it up or down, or drops it."""
    user, act = row.user, request.POST.get("act", "rename")
    if act == "drop":
        return dropped(request, row, filters)
    if act in {"up", "down"}:
        move(row, by=-1 if act == "up" else 1)
        return led_back(request, filters, (row.pk, act))
    form = ViewForm(request.POST, user=user, view=row)
    if not form.is_valid():
        return show(request, filters, ViewForm(user=user), status=422, renaming=(row.pk, form))
    row.name = form.cleaned_data["name"]
    row.save(update_fields=["name"])
    return led_back(request, filters, (row.pk, "name"))


@transaction.atomic
def keep(user: User, name: str, filters: Filters, position: int | None = None) -> SavedView:
    """A new view, last in the order unless it had a place; Refusal beyond twelve, under a name there is, or where nothing is filtered."""
    User.objects.select_for_update().get(pk=user.pk)  # two presses must not make a thirteenth
    if filters == Filters():
        raise Refusal(_("没有筛选。先选班组、性质、楼栋、方式或范围。"))
    if user.saved_views.filter(name=name).exists():
        raise Refusal(_("已有“%(name)s”，换个名称") % {"name": name})
    if user.saved_views.count() >= MOST:
        raise Refusal(_("最多存 %(most)s 个视图。先删一个。") % {"most": MOST})
    if position is None:
        last = user.saved_views.aggregate(last=Max("position"))["last"]
        position = 0 if last is None else last + 1
    return SavedView.objects.create(user=user, name=name, query=filters.query, position=position)


@transaction.atomic
def move(row: SavedView, *, by: int) -> None:
    """One place up (-1) or down (1); at the end it stays."""
    rows = list(row.user.saved_views.select_for_update())
    at = rows.index(row)
    rows.insert(min(max(at + by, 0), len(rows) - 1), rows.pop(at))
    for position, each in enumerate(rows):
        each.position = position
    SavedView.objects.bulk_update(rows, ["position"])


def dropped(request: HttpRequest, row: SavedView, filters: Filters) -> HttpResponse:
    """Gone, with a note by which its owner brings it back."""
    note = notes.sign_object({"user": row.user_id, "name": row.name, "query": row.query, "position": row.position})
    sentence, undo = _("已删除视图“%(name)s”"), f"{reverse('view_back')}?{urlencode({'note': note})}"
    sentence %= {"name": row.name}
    row.delete()
    answer = led_back(request, filters, (0, "list"))
    if getattr(request, "htmx", False):
        answer["HX-Trigger"] = json.dumps({"toast": {"text": sentence, "label": _("撤销"), "url": undo}})
    else:
        messages.success(request, sentence)
    return answer


@require_POST
@only_for(*READERS)
def view_back(request: HttpRequest) -> HttpResponse:
    """Undo with the ?note= of the deletion: the view stands where it stood."""
    user = person(request)
    try:
        kept: dict[str, Any] = notes.unsign_object(request.GET.get("note", ""), max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise Refusal(_("撤销的时间已过。重新存一次。")) from None
    if kept["user"] != user.pk:
        raise Refusal(_("撤销的时间已过。重新存一次。"))
    keep(user, kept["name"], Filters.of(kept["query"]), kept["position"])
    messages.success(request, _("已恢复视图“%(name)s”") % {"name": kept["name"]})
    return led_to(request, reverse("board"))


def found(user: User) -> list[Item]:
    """Every open repair with its clock, for the numbers of the tabs. Two queries."""
    tickets = open_tickets(user)
    return items(tickets, clocks_of(tickets), clock.now())


def led_to(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def led_back(request: HttpRequest, filters: Filters, held: tuple[int, str]) -> HttpResponse:
    """After a change the list again; on a page of its own by a redirect, or a reload would change it once more."""
    if not getattr(request, "htmx", False):
        return redirect(f"{reverse('views')}?{filters.query}")
    return show(request, filters, ViewForm(user=person(request)), held=held)


Renaming = tuple[int, ViewForm] | None


def show(
    request: HttpRequest,
    filters: Filters,
    form: ViewForm,
    *,
    status: int = 200,
    renaming: Renaming = None,
    held: tuple[int, str] = (0, ""),
) -> HttpResponse:
    """The list, in the dialog or as a page; `held`: the view whose field or button keeps the focus, or the list."""
    user, htmx = person(request), getattr(request, "htmx", False)
    own = list(user.saved_views.all())
    context: dict[str, Any] = {
        "form": form,
        "rows": [row_of(view, renaming, held) for view in own],
        "query": filters.query,
        "words": listed(filters.words()),
        "kept": next((view for view in own if view.query == filters.query), None),
        "full": len(own) >= MOST,
        "most": MOST,
        "list_held": held == (0, "list"),
        "board_url": filters.address(),
    }
    if htmx and request.method == "POST" and status == 200:  # the tabs of the board beneath
        context |= {"oob": True, **views_of(user, found(user), filters)}
    answer = render(request, "desk/_views.html" if htmx else "desk/views_page.html", context, status=status)
    answer["X-Dialog"] = "keep"
    return answer


def row_of(view: SavedView, renaming: Renaming, held: tuple[int, str]) -> dict[str, Any]:
    return {
        "view": view,
        "words": listed(Filters.of(view.query).words()),
        "form": renaming[1] if renaming and renaming[0] == view.pk else None,
        "held": held[1] if held[0] == view.pk else "",
    }
