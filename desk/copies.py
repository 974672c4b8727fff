"""Copy custody 单据三联: a scan line that moves sheets, who holds what, and what is late (5.5.1-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, once
from core.refusals import Refusal
from desk.roles import READERS, only_for, person
from people.models import User
from people.queries import technicians
from people.roles import FD, SS, TE
from places.queries import printed_number
from tickets.models import Event
from workorders import actions, custody, queries
from workorders.custody import ORDINAL
from workorders.models import Copy, Handover, Holder, Slip
from workorders.queries import Proposal, Scanned
from workorders.states import SlipState

UNDO_SECONDS = 10
UNDOABLE = {Handover.Move.TAKE_IN, Handover.Move.KEEP}
# How scans are answered: one by one with a confirmation, or moved at once.
MODES = {"": gettext_lazy("逐张确认"), "take_in": gettext_lazy("连续收回"), "hand_out": gettext_lazy("连续发出")}
OUT = {"collect", "hand_out"}


@dataclass
class Answer:
    """What a scan came to: `result` is ask (a move is proposed), done, refused or shown (nothing to move)."""

    result: str
    sentence: str = ""
    slip: Slip | None = None
    copies: list[Copy] = field(default_factory=list)
    named: int = 0
    proposal: Proposal | None = None

    @property
    def status(self) -> int:
        return 409 if self.result == "refused" else 200


@only_for(*READERS)
@require_http_methods(["GET", "POST"])
def copies(request: HttpRequest) -> HttpResponse:
    """The scan line and who holds what; a POST moves a copy (409 with who and when if somebody was faster)."""
    user = person(request)
    if request.method == "POST":
        answer = _moved(request, user)
    elif code := request.GET.get("code", "").strip():
        answer = _looked_up(user, code)
    else:
        answer = None
    if getattr(request, "htmx", False):
        return _fragment(request, answer)
    return render(request, "desk/copies_page.html", _page(request, answer), status=answer.status if answer else 200)


def _fragment(request: HttpRequest, answer: Answer | None) -> HttpResponse:
    """Only the part that changed: the answer with the last moves, those alone, or the lists."""
    user = person(request)
    if answer:
        context = {"answer": answer, "mode": _mode(request), **_last(user)}
        return render(request, "desk/_copies_answer.html", context, status=answer.status)
    if request.GET.get("part") == "last":
        return render(request, "desk/_copies_last.html", _last(user))
    return render(request, "desk/_copies_hands.html", _hands(user))


def _page(request: HttpRequest, answer: Answer | None) -> dict[str, Any]:
    user = person(request)
    moves = user.may(FD, SS)
    chosen = request.GET.get("person", "") or request.POST.get("person", "")
    return {
        "answer": answer, "mode": _mode(request) if moves else "", "modes": MODES.items() if moves else [], "chosen": chosen,
        "technicians": _technicians(user) if moves else [], **_last(user), **_hands(user),
    }  # fmt: skip


def _mode(request: HttpRequest) -> str:
    mode = request.GET.get("mode", "") or request.POST.get("mode", "")
    return mode if mode in MODES else ""


def _technicians(user: User) -> list[User]:
    places = user.communities
    if places is None:
        return list(User.objects.filter(is_active=True, grants__role=TE).distinct())
    return list({each.pk: each for place in sorted(places) for each in technicians(place)}.values())


def _last(user: User) -> dict[str, Any]:
    now = clock.now()
    moves = queries.recent_moves(user)
    latest = {move.copy_id: move.pk for move in reversed(moves)}
    for move in moves:
        young = (now - move.at).total_seconds() < UNDO_SECONDS and latest[move.copy_id] == move.pk
        move.undoable = move.move in UNDOABLE and young  # type: ignore[attr-defined]
    fresh = any(move.undoable for move in moves)  # type: ignore[attr-defined]
    return {"moves": moves, "undoable": UNDO_SECONDS if fresh else 0, "ordinal": ORDINAL, "names": queries.NAME}


def _hands(user: User) -> dict[str, Any]:
    now = clock.now()
    hands = queries.by_holder(queries.copies_out(user)[: queries.SHOWN * 3], now)
    return {
        "hands": hands,
        "ordinal": ORDINAL,
        "sheets": sum(each.sheets for each in hands),
        "late": sum(each.late for each in hands),
        "now": now,
    }


def _looked_up(user: User, code: str) -> Answer:
    """GET: the sheet, its holder and the move proposed. Nothing changes."""
    try:
        found = queries.scanned(user, code)
    except Refusal as refusal:
        return Answer("refused", refusal.sentence)
    proposed = queries.proposal(found.slip, found.copy, user)
    return _shown("ask" if proposed else "shown", found, _nothing(found) if proposed is None else "", proposed)


def _nothing(found: Scanned) -> str:
    """Why no move is proposed."""
    slip = found.slip
    if slip.state == SlipState.VOIDED:
        return _("%(number)s 已作废，这一联已收回。") % {"number": printed_number(slip.number)} if _home(found) else ""
    return custody.where_it_is(found.copy) if found.copy else ""


def _home(found: Scanned) -> bool:
    rows = [found.copy] if found.copy else list(found.slip.copies.all())
    return all(copy.holder in {Holder.DESK, Holder.LOST} for copy in rows)


def _shown(result: str, found: Scanned, sentence: str = "", proposed: Proposal | None = None) -> Answer:
    named = found.copy.number if found.copy else 0
    return Answer(result, sentence, found.slip, list(found.slip.copies.all()), named, proposed)


def _moved(request: HttpRequest, user: User) -> Answer:
    """POST: move what was confirmed, or in a batch what was scanned."""
    key = once.key_of(request)
    try:
        found = queries.scanned(user, request.POST.get("code", ""))
    except Refusal as refusal:
        return Answer("refused", refusal.sentence)
    if key and Event.objects.filter(once=key.value, body=key.body).exists():
        return _shown("done", found, _("已办过。"))
    try:
        with once.offered(key):
            sentence = _move(found, request, user)
    except Refusal as refusal:
        return _shown("refused", _again(user, found), refusal.sentence)
    return _shown("done", _again(user, found), sentence)


def _again(user: User, found: Scanned) -> Scanned:
    """The slip and its copies as they stand now."""
    slip = queries.with_copies(queries.slips(user)).get(pk=found.slip.pk)
    number = found.copy.number if found.copy else 0
    return Scanned(slip, next((copy for copy in slip.copies.all() if copy.number == number), None))


def _move(found: Scanned, request: HttpRequest, user: User) -> str:
    move, slip = request.POST.get("move", ""), found.slip
    if move == "undo" and found.copy:
        custody.undo(slip, copy=found.copy, by=user)
        return _("已撤回，%(where)s") % {"where": custody.where_it_is(found.copy)}
    proposed = queries.proposal(slip, found.copy, user)
    asked = OUT if move in OUT else {move}
    whose = "" if slip.builder_id else str(slip.technician_id)
    if move in OUT and request.POST.get("person", "") not in {"", whose}:
        raise Refusal(
            _("%(number)s 的维修人是%(who)s。") % {"number": printed_number(slip.number), "who": slip.performer}
        )
    if proposed is None or proposed.move not in asked:
        raise Refusal(_refused(found))
    doing: dict[str, Callable[[], Any]] = {
        "collect": lambda: actions.collect(slip, by=user, name=request.POST.get("name", "")),
        "hand_out": lambda: actions.hand_out(slip, by=user),
        "take_in": lambda: custody.take_in(slip, copies=proposed.copies, by=user),
        "keep": lambda: custody.keep(slip, by=user),
    }
    doing[proposed.move]()
    return proposed.sentence


def _refused(found: Scanned) -> str:
    """Why this move is not possible: where the copy is, since when and by whose hand."""
    copy = found.copy or found.slip.copies.all()[0]
    if found.slip.state == SlipState.VOIDED and copy.holder == Holder.DESK:
        return _("%(number)s 已作废，不能发出。") % {"number": printed_number(found.slip.number)}
    return custody.where_it_is(copy)


@only_for(*READERS)
@require_GET
def copies_late(request: HttpRequest) -> HttpResponse:
    """Copies past their day, the latest first: 3 after the 5th, 1 and 2 a day after acceptance, voided ones at once."""
    late = queries.late_copies(person(request))
    return render(request, "desk/copies_late_page.html", {"bundles": late, "now": clock.now(), "ordinal": ORDINAL})


@only_for(*READERS, TE)
@require_GET
def copy_scan(request: HttpRequest, digits: str) -> HttpResponse:
    """Where the QR code of a sheet leads: the copy, its holder, and the move one may make. Opening it changes nothing."""
    user = person(request)
    try:
        found = queries.scanned(user, digits)
    except Refusal as refusal:
        return render(request, "404.html", {"sentence": refusal.sentence}, status=404)
    if not user.may(*READERS, within=found.slip.community_id) and not _has_to_do_with(found, user):
        return render(request, "404.html", {}, status=404)
    copy = found.copy or found.slip.copies.all()[0]
    context = {
        "slip": found.slip, "copy": copy, "name": queries.NAME[copy.number], "due": queries.due_back(copy), "where": custody.where_it_is(copy),
        "late": queries.days_late(copy, clock.now()), "proposal": queries.proposal(found.slip, found.copy, user),
        "moves": copy.handovers.select_related("by", "to_person").order_by("-seq"), "phone": not user.may(*READERS),
        "frame_template": "base.html" if user.may(*READERS) else "frame/phone.html",
    }  # fmt: skip
    return render(request, "desk/copy_scan_page.html", context)


def _has_to_do_with(found: Scanned, user: User) -> bool:
    return found.slip.is_for(user) or any(copy.person_id == user.pk for copy in found.slip.copies.all())


urlpatterns = [
    path("copies/", copies, name="copies"),
    path("copies/late/", copies_late, name="copies_late"),
    path("c/<str:digits>/", copy_scan, name="copy_scan"),
]
