"""Who holds which copy: every handover is a row, `from` is the holder before, never two holders, never none (5.5.1-8)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.clock import local
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import ES, FD, SS, TE
from tickets import sla
from tickets.models import Deadline
from tickets.states import State
from workorders.models import Copy, Handover, Holder, Slip
from workorders.states import DONE_SLIP, SlipState

Move = Handover.Move
DeadlineKind = Deadline.Kind
ORDINAL = {1: gettext_lazy("第一联"), 2: gettext_lazy("第二联"), 3: gettext_lazy("第三联")}


def hand_over(copy: Copy, move: str, *, to: str, person: User | None, by: User, at: dt.datetime) -> Handover:
    """Write the handover and move the copy; the caller holds the ticket's lock and has checked the move."""
    last = copy.handovers.order_by("-seq").first()
    row = Handover.objects.create(
        copy=copy, seq=last.seq + 1 if last else 1, move=move,
        from_holder=copy.holder if last else "", from_person=copy.person if last else None,
        to_holder=to, to_person=person, by=by, at=at,
    )  # fmt: skip
    copy.holder, copy.person, copy.since = to, person, at
    if move != Move.APPROVE_LOST:  # a sheet that turned up is not lost
        copy.lost_by, copy.lost_because = None, ""
    copy.save(update_fields=["holder", "person", "since", "lost_by", "lost_because"])
    return row


def make_three(slip: Slip, *, by: User, at: dt.datetime) -> None:
    """Three numbered copies, at the desk (5.5.1-8)."""
    for number in (1, 2, 3):
        hand_over(
            Copy.objects.create(slip=slip, number=number, since=at),
            Move.CREATE,
            to=Holder.DESK,
            person=None,
            by=by,
            at=at,
        )


def all_to_performer(slip: Slip, *, by: User, at: dt.datetime, move: str = Move.HAND_OUT) -> None:
    """The three together to the performer: the technician of the slip, or the builder."""
    to, person = (Holder.BUILDER, None) if slip.builder_id else (Holder.TECHNICIAN, slip.technician)
    for copy in slip.copies.select_related("person"):
        if move == Move.PASS_ON and copy.holder != Holder.TECHNICIAN:
            continue
        if move == Move.HAND_OUT and copy.holder != Holder.DESK:
            raise Refusal(where_it_is(copy))
        hand_over(copy, move, to=to, person=person, by=by, at=at)


@action
def take_in(slip: Slip, *, copies: list[int], by: User, at: dt.datetime | None = None) -> None:
    """Copies come back to the desk (5.5.1-8), in any state of the slip."""
    at = at or clock.now()
    _only(by, slip, FD, SS)
    for copy in _chosen(slip, copies):
        if copy.holder in {Holder.DESK, Holder.LOST}:
            raise Refusal(where_it_is(copy))
        move = Move.RECALL if slip.state == SlipState.VOIDED else Move.TAKE_IN
        if move == Move.RECALL:
            copy.recalled_at = at
            copy.save(update_fields=["recalled_at"])
        hand_over(copy, move, to=Holder.DESK, person=None, by=by, at=at)
    slip.record("take_in", by=by, at=at, copies=copies)
    after_move(slip, by=by, at=at)


@action
def keep(slip: Slip, *, by: User, at: dt.datetime | None = None) -> None:
    """Engineering keeps copy 3 of an accepted slip until the 5th (5.5.1-8)."""
    at = at or clock.now()
    _only(by, slip, TE, ES)
    (copy,) = _chosen(slip, [3])
    if slip.state not in DONE_SLIP:
        raise Refusal(_("验收以后第三联才归工程部留存。"))
    if slip.state == SlipState.FILED:
        raise Refusal(_("这张单已结束。"))
    if copy.holder not in {Holder.TECHNICIAN, Holder.BUILDER, Holder.DESK}:
        raise Refusal(_("第三联在%(who)s。") % {"who": copy.get_holder_display()})
    if not by.may(ES, within=slip.community_id) and copy.person_id not in {None, by.pk}:
        raise Forbidden("keep", (ES,))
    hand_over(copy, Move.KEEP, to=Holder.ENGINEERING, person=None, by=by, at=at)
    _third_is_out(slip, copy, at=at)
    slip.record("keep", by=by, at=at)


def _third_is_out(slip: Slip, copy: Copy, *, at: dt.datetime) -> None:
    """The third copy left the desk again after its return was noted: its clock runs on with the old due time."""
    if (
        copy.number != 3
        or copy.holder == Holder.DESK
        or sla.is_open(slip.ticket, DeadlineKind.COPY_RETURN, slip.number)
    ):
        return
    earlier = slip.ticket.deadlines.filter(kind=DeadlineKind.COPY_RETURN, ref=slip.number).order_by("pk").last()
    if earlier and earlier.met_at:
        sla.start(slip.ticket, DeadlineKind.COPY_RETURN, at=at, due=earlier.due_at, ref=slip.number)


@action
def undo(slip: Slip, *, copy: Copy, by: User, at: dt.datetime | None = None) -> None:
    """Take a wrong scan back within ten seconds: a reverse row, by the same person."""
    at = at or clock.now()
    last = copy.handovers.order_by("-seq").first()
    if (
        last is None
        or last.move not in {Move.TAKE_IN, Move.KEEP}
        or last.by_id != by.pk
        or at - last.at > dt.timedelta(seconds=10)
    ):
        raise Refusal(_("只能在 10 秒内撤回自己的扫码。"))
    if slip.state == SlipState.FILED:
        raise Refusal(_("这张单已结束。"))
    if slip.state == SlipState.RETURNED and copy.number != 3:
        raise Refusal(_("第一、二联已到齐，不能撤回；重新交出即可。"))
    copy.refresh_from_db()
    hand_over(copy, Move.UNDO, to=last.from_holder, person=last.from_person, by=by, at=at)
    _third_is_out(slip, copy, at=at)
    slip.record("undo", by=by, at=at, copies=[copy.number])
    push_paper(slip)


@action
def declare_lost(slip: Slip, *, number: int, because: str, by: User, at: dt.datetime | None = None) -> None:
    """The holder says which copy is lost, when and how (G8); it counts as lost once approved."""
    at = at or clock.now()
    (copy,) = _chosen(slip, [number])
    if copy.person_id != by.pk and not by.may(FD, SS, ES, within=slip.community_id):
        raise Forbidden("declare_lost", (TE, ES))
    if copy.holder == Holder.LOST:
        raise Refusal(where_it_is(copy))
    if not because.strip():
        raise Refusal(_("写明何时、怎样遗失。"))
    copy.lost_by, copy.lost_because = by, because
    copy.save(update_fields=["lost_by", "lost_because"])
    slip.record("declare_lost", by=by, at=at, copies=[number], remark=because)


@action
def approve_lost(slip: Slip, *, number: int, by: User, at: dt.datetime | None = None) -> None:
    """A supervisor who did not declare it approves (G8): copy 3 engineering, copies 1 and 2 service."""
    at = at or clock.now()
    (copy,) = _chosen(slip, [number])
    _only(by, slip, ES if number == 3 else SS)
    if copy.lost_by_id is None:
        raise Refusal(_("这一联没有报失。"))
    if copy.holder == Holder.LOST:
        raise Refusal(where_it_is(copy))
    if copy.lost_by_id == by.pk:
        raise Refusal(_("报失人不能核准。"))
    hand_over(copy, Move.APPROVE_LOST, to=Holder.LOST, person=copy.person, by=by, at=at)
    slip.record("approve_lost", by=by, at=at, copies=[number])
    after_move(slip, by=by, at=at)


def after_move(slip: Slip, *, by: User, at: dt.datetime) -> None:
    """What follows when sheets came home: returned, filed, the clocks of copies 1, 2 and 3."""
    home = {copy.number: copy.holder in {Holder.DESK, Holder.LOST} for copy in slip.copies.all()}
    if slip.state in DONE_SLIP and home[1] and home[2]:
        sla.stop(slip.ticket, DeadlineKind.DESK_COPIES, at=at, ref=slip.number)
        if slip.state == SlipState.ACCEPTED:
            slip.advance(slip.return_slip, by=by, at=at)
    if slip.state in DONE_SLIP and home[3]:
        sla.stop(slip.ticket, DeadlineKind.COPY_RETURN, at=at, ref=slip.number)
    file_if_complete(slip, by=by, at=at)
    push_paper(slip)


def file_if_complete(slip: Slip, *, by: User, at: dt.datetime) -> None:
    """Filed with the later of closing and the third copy's return (lives.md §4)."""
    third_home = slip.copies.filter(number=3, holder__in=[Holder.DESK, Holder.LOST]).exists()
    if slip.state == SlipState.RETURNED and slip.ticket.state == State.CLOSED and third_home:
        slip.advance(slip.file, by=by, at=at)


def push_paper(slip: Slip) -> None:
    """Tell the ticket what lies where, recomputed from rows (lives.md §0.2)."""
    ticket = slip.ticket
    slips = list(ticket.slips.order_by("pk").values("pk", "number", "state"))
    done = [row["pk"] for row in slips if row["state"] in DONE_SLIP]
    away = Copy.objects.filter(slip__in=done, number__lte=2).exclude(holder__in=[Holder.DESK, Holder.LOST])
    standing = [row for row in slips if row["state"] != SlipState.VOIDED]
    ticket.pushed(
        open_slips=len(standing) - len(done),
        desk_copies_home=not away.exists() if done else True,
        slip_number=standing[-1]["number"] if standing else "",
        slip_state=standing[-1]["state"] if standing else "",
    )


def holder_name(copy: Copy) -> str:
    """Who has it: 王强, 前台, 工程部."""
    if copy.holder == Holder.TECHNICIAN and copy.person:
        return str(copy.person)
    if copy.holder == Holder.BUILDER and copy.slip.builder:
        return str(copy.slip.builder)
    return str(copy.get_holder_display())


def where_it_is(copy: Copy) -> str:
    """Where it is, since when and by whose hand, as a refusal says it: 第一联已于 11-24 10:20 由周敏收回前台。"""
    last = copy.handovers.select_related("by").order_by("-seq").first()
    said = {
        "copy": ORDINAL[copy.number], "time": f"{local(copy.since):%m-%d %H:%M}", "who": holder_name(copy), "by": last.by if last else "",
    }  # fmt: skip
    if last is None or last.move == Handover.Move.CREATE:
        return _("%(copy)s还在前台，没有发出。") % said
    if copy.holder == Holder.DESK:
        return _("%(copy)s已于 %(time)s 由%(by)s收回前台。") % said
    if copy.holder == Holder.LOST:
        return _("%(copy)s已于 %(time)s 由%(by)s核准遗失。") % said
    return _("%(copy)s已于 %(time)s 交%(who)s，经手人%(by)s。") % said


def _chosen(slip: Slip, numbers: list[int]) -> list[Copy]:
    rows = list(slip.copies.select_for_update(of=("self",)).filter(number__in=numbers))
    if not rows:
        raise Refusal(_("选定第几联。"))
    return rows


def _only(by: User, slip: Slip, *roles: str) -> None:
    if not by.may(*roles, within=slip.community_id):
        raise Forbidden("copies", roles)
