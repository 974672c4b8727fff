"""Slips and copies as pages, scans and papers ask for them; every answer starts from what the person may see."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, codes
from core.clock import copy_cut_off, local
from core.refusals import Refusal
from core.text import digits, listed
from people.models import User
from people.roles import ES, FD, SS, TE
from places.queries import PaperNumber, parse_number
from workorders.custody import ORDINAL, holder_name
from workorders.models import Copy, Handover, Holder, Slip, SlipQuerySet
from workorders.states import DONE_SLIP, OPEN_SLIP, SlipState

DAY = dt.timedelta(days=1)
NAME = {
    1: gettext_lazy("第一联　客服存根联"),
    2: gettext_lazy("第二联　客服结算联"),
    3: gettext_lazy("第三联　工程联"),
}
SHOWN = 500


def slips(user: User) -> SlipQuerySet:
    """Slips a person may see, with everything a page or a paper says of them."""
    rows = Slip.objects.visible_to(user).select_related(
        "community", "technician", "issued_by", "finished_by", "trade", "replaces", "builder", "refused_witness",
        "ticket__community", "ticket__unit__entrance__building", "ticket__area", "ticket__component", "ticket__technician", "ticket__team",
    )  # fmt: skip
    return cast(SlipQuerySet, rows)


def with_copies(rows: SlipQuerySet) -> SlipQuerySet:
    """The three copies of each slip with their holders, in two more queries."""
    copies = Copy.objects.select_related("person").order_by("number")
    return rows.prefetch_related(Prefetch("copies", copies))


@dataclass(frozen=True)
class Scanned:
    """What a scan or a typed number means: a slip, and one of its copies where one was named."""

    slip: Slip
    copy: Copy | None


def scanned(user: User, text: str) -> Scanned:
    """The slip of a bar code (11 digits) or of a typed number (WX-202611-0001-3, wx1); a Refusal says what is wrong with it."""
    typed = text.strip()[:60]
    found = parse_number(typed)
    if found:
        return _by_number(user, found)
    number = digits(typed)
    if len(number) != 11 or len(number) != len(typed.replace(" ", "")):
        raise Refusal(_("看不懂“%(text)s”。扫条码，或输入单号，如 WX-202611-0001-1。") % {"text": typed})
    try:
        slip_id, copy = codes.read_copy_digits(number)
    except ValueError:
        raise Refusal(_("条码没有读准，校验位不符。再扫一次，或输入单号。")) from None
    slip = with_copies(slips(user)).filter(pk=slip_id).first()
    return _with_copy(slip, copy)


def _by_number(user: User, found: PaperNumber) -> Scanned:
    rows = with_copies(slips(user))
    tail = f"-{found.kind}-{found.month}-" if found.month else f"-{found.kind}-"
    if found.serial is None:
        raise Refusal(_("单号不全。输入到流水号，如 WX-202611-0001。"))
    if found.month:
        number = f"{tail}{found.serial:04d}"
        rows = rows.filter(number=f"{found.code}{number}") if found.code else rows.filter(number__endswith=number)
    else:
        rows = rows.filter(number__contains=tail, number__endswith=f"-{found.serial:04d}")
    return _with_copy(rows.order_by("-pk").first(), found.copy or 0)


def _with_copy(slip: Slip | None, number: int) -> Scanned:
    if slip is None:
        raise Refusal(_("没有这张单据。核对条码，或输入单号。"))
    return Scanned(slip, next((copy for copy in slip.copies.all() if copy.number == number), None))


@dataclass(frozen=True)
class Proposal:
    """The move a scan proposes: its name, the words of its button, what will happen, and which copies move."""

    move: str
    label: str
    sentence: str
    copies: list[int]


def proposal(slip: Slip, copy: Copy | None, user: User) -> Proposal | None:
    """What is to be done next with this copy by this person (domain A.0, lives.md §5); None where nothing is."""
    chosen = (
        [copy] if copy else [each for each in slip.copies.all() if each.holder in {Holder.TECHNICIAN, Holder.BUILDER}]
    )
    desk = user.may(FD, SS, within=slip.community_id)
    if can_go_out(slip) and (desk or (slip.is_for(user) and not slip.builder_id)):
        return _hand_out(slip)
    if desk and chosen and chosen[0].holder not in {Holder.DESK, Holder.LOST}:
        return _take_in(slip, chosen)
    third = next((each for each in chosen if each.number == 3), None)
    if third and can_be_kept(slip, third, user):
        words = _("第三联由工程部留存，次月 5 日前交回前台。")
        return Proposal(Handover.Move.KEEP, _("工程留存"), words, [3])
    return None


def can_go_out(slip: Slip) -> bool:
    """All three lie at the desk and the slip is still to be done."""
    return slip.state in OPEN_SLIP and all(each.holder == Holder.DESK for each in slip.copies.all())


def can_be_kept(slip: Slip, third: Copy, user: User) -> bool:
    mine = third.person_id == user.pk and user.may(TE, within=slip.community_id)
    there = third.holder in {Holder.TECHNICIAN, Holder.BUILDER, Holder.DESK}
    return slip.state in DONE_SLIP and there and (mine or user.may(ES, within=slip.community_id))


def _hand_out(slip: Slip) -> Proposal:
    who = slip.performer
    if slip.performer_on_site and slip.state == SlipState.ISSUED:
        sentence = _("三联交%(who)s带到现场。") % {"who": who}
        return Proposal(Handover.Move.HAND_OUT, _("发出三联"), sentence, [1, 2, 3])
    sentence = _("三联一起发给%(who)s。") % {"who": who}
    move = "collect" if slip.state == SlipState.ISSUED else Handover.Move.HAND_OUT
    return Proposal(move, _("发出三联"), sentence, [1, 2, 3])


def _take_in(slip: Slip, copies: list[Copy]) -> Proposal:
    numbers = [each.number for each in copies]
    names = listed(ORDINAL[number] for number in numbers)
    who = holder_name(copies[0])
    if slip.state == SlipState.VOIDED:
        return Proposal(
            Handover.Move.TAKE_IN,
            _("收回作废联"),
            _("%(copy)s从%(who)s收回，盖“作废”章。") % {"copy": names, "who": who},
            numbers,
        )
    sentence = _("%(copy)s从%(who)s收回前台。") % {"copy": names, "who": who}
    return Proposal(Handover.Move.TAKE_IN, _("收回前台"), sentence, numbers)


def due_back(copy: Copy) -> dt.datetime | None:
    """When a copy must be at the desk: 3 by the 5th, 1 and 2 a day after acceptance, all a day after a void (5.5.1-8, G15)."""
    slip = copy.slip
    hours = dt.timedelta(hours=slip.community.desk_copies_hours)
    if slip.state == SlipState.VOIDED:
        return slip.since + hours
    if copy.number == 3:
        return copy_cut_off(slip.issued_at, slip.community.copy_return_day)
    return slip.accepted_at + hours if slip.accepted_at else None


def days_late(copy: Copy, at: dt.datetime) -> int:
    """Begun days after it was due; 0 while it is in time."""
    due = due_back(copy)
    return math.ceil((at - due) / DAY) if due and at > due else 0


@dataclass
class Bundle:
    """Copies of one slip in one pair of hands."""

    slip: Slip
    copies: list[Copy]
    at: dt.datetime

    @property
    def since(self) -> dt.datetime:
        return min(copy.since for copy in self.copies)

    @property
    def due(self) -> dt.datetime | None:
        """The earliest time one of them is due back."""
        return min((due for copy in self.copies if (due := due_back(copy))), default=None)

    @property
    def late(self) -> int:
        """Days the latest of them is late."""
        return max(days_late(copy, self.at) for copy in self.copies)

    @property
    def numbers(self) -> list[int]:
        return [copy.number for copy in self.copies]


@dataclass
class Hands:
    """A holder and what he holds."""

    name: str
    person: Any
    bundles: list[Bundle] = field(default_factory=list)

    @property
    def sheets(self) -> int:
        return sum(len(bundle.copies) for bundle in self.bundles)

    @property
    def late(self) -> int:
        return sum(1 for bundle in self.bundles if bundle.late)


def copies_out(user: User) -> Any:
    """Copies that are neither at the desk nor lost, the longest away first."""
    rows = Copy.objects.visible_to(user).out()
    return rows.select_related("slip__ticket__unit", "slip__community", "slip__builder", "person").order_by(
        "since", "pk"
    )


def by_holder(copies: Iterable[Copy], at: dt.datetime) -> list[Hands]:
    """Who holds what; those with something late first."""
    hands: dict[tuple[str, int | None, int | None], Hands] = {}
    for copy in copies:
        firm = copy.slip.builder_id if copy.holder == Holder.BUILDER else None
        holder = hands.setdefault((copy.holder, copy.person_id, firm), Hands(holder_name(copy), copy.person))
        bundle = next((each for each in holder.bundles if each.slip.pk == copy.slip_id), None)
        if bundle is None:
            bundle = Bundle(copy.slip, [], at)
            holder.bundles.append(bundle)
        bundle.copies.append(copy)
    for holder in hands.values():
        for bundle in holder.bundles:
            bundle.copies.sort(key=lambda copy: copy.number)
        holder.bundles.sort(key=lambda bundle: (-bundle.late, bundle.since))
    return sorted(hands.values(), key=lambda holder: (-holder.late, holder.name))


def late_copies(user: User, at: dt.datetime | None = None) -> list[Bundle]:
    """Copies past their day, the latest first; the rows that cannot be late yet are left out by the database."""
    at = at or clock.now()
    month = local(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    may_be = (
        Q(slip__state=SlipState.VOIDED)
        | Q(number=3, slip__issued_at__lt=month)
        | Q(number__lte=2, slip__accepted_at__lt=at)
    )
    rows = copies_out(user).filter(may_be)[: SHOWN * 3]
    late = sorted((copy for copy in rows if days_late(copy, at)), key=lambda copy: copy.number)
    bundles: dict[tuple[int, str, int | None], Bundle] = {}
    for copy in late:
        key = (copy.slip_id, copy.holder, copy.person_id)
        bundles.setdefault(key, Bundle(copy.slip, [], at)).copies.append(copy)
    return sorted(bundles.values(), key=lambda bundle: (-bundle.late, bundle.since))


def recent_moves(user: User, limit: int = 10) -> list[Handover]:
    """The last copies this person moved, newest first."""
    rows = Handover.objects.filter(by=user).exclude(move=Handover.Move.CREATE)
    rows = rows.select_related("copy__slip", "to_person", "from_person").order_by("-pk")
    return list(rows.annotate(slip_number=F("copy__slip__number"))[:limit])


def copies_of_technician(user: User) -> list[Bundle]:
    """What a technician must bring back, the most pressing first."""
    hands = by_holder(copies_out(user).filter(holder=Holder.TECHNICIAN, person=user), clock.now())
    return sorted(hands[0].bundles, key=lambda bundle: bundle.due or clock.now() + 365 * DAY) if hands else []


def failing(slip: Slip, step: str) -> list[Any]:
    """Every guard of a step that fails before its form is filled in; each has its sentence."""
    moves = [move for move in slip._moves() if move.name == step and move.source == slip.state]
    guards = [guard for move in moves for guard in move.conditions or [] if not getattr(guard, "asked", False)]
    return [guard for guard in guards if not guard(slip)]
