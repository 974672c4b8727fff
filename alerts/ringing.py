"""Plan the bells of every promise, and ring each of them once, whoever sweeps (trust.md P2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from alerts.models import Bell, Policy
from alerts.policy import as_delivered
from core import clock
from tickets import sla
from tickets.models import Acknowledgement, Deadline, DeadlineQuerySet

AT_ONCE = 1000
EVERY = dt.timedelta(minutes=1)
NAMED_EVERY = dt.timedelta(seconds=10)
OVERLAP = 500  # promises whose transaction ended after that of a later one
RUNG = "bell"  # the pulse that says when a bell last rang: open pages ask for their alarms anew


def sweep(at: dt.datetime | None = None, *, pulse: str = "sweep") -> int:
    """One round: missed promises are claimed (5.4), bells planned, rung and silenced. Returns how many promises were missed.

    pulse: under whose name the round is noted; a page that helps out leaves the sweeper's own pulse stale.
    """
    now = at or clock.now()
    todo = what_is_to_do(now)
    planned = plan(now) if todo.plan else 0
    if todo.miss:
        missed = sla.escalate_missed(now, pulse=pulse)
    else:
        missed = 0
        sla.beat(now, name=pulse)
    changed = ring(now) if todo.ring or planned else 0
    if todo.hush:
        changed += Bell.objects.filter(pk__in=Bell.objects.ended().values("pk")).update(silenced_at=now)
    if changed:
        sla.beat(now, changed, RUNG)
    return missed


def sweep_safely(by: str = "") -> int:
    """The sweep of a loop or task: a broken connection is closed, so that the next round opens a new one.

    by: the sweeper's name, noted every ten seconds, so that it can be seen which of several is silent.
    """
    try:
        missed = sweep()
        if by:
            seen.noted(by, clock.now())
    except Exception:
        connection.close()
        raise
    return missed


@dataclass(frozen=True)
class Work:
    """What a round has to do; most have nothing, and to learn that is all they ask."""

    plan: bool = True
    miss: bool = True
    ring: bool = True
    hush: bool = True


def what_is_to_do(now: dt.datetime) -> Work:
    """One query, however much lies in the tables: each part stops at the first row of a partial index.

    In SQL, because Django takes five times as long to put it together as a database to answer it, each second of the day.
    """
    moment = connection.ops.adapt_datetimefield_value(now)
    whole = seen.is_whole(now)
    newer = "" if whole else "AND d.id > %s"
    with connection.cursor() as cursor:
        cursor.execute(TO_DO.format(newer=newer), [*([] if whole else [seen.upto - OVERLAP]), moment, moment])
        newest, *parts = cursor.fetchone()
    todo = Work(*(bool(part) for part in parts))
    if not todo.plan:
        seen.looked(newest or 0, now)
    return todo


# The newest promise; is one without bells, one missed, a bell to ring, a bell whose promise is over? Names of tables as their models have them.
TO_DO = """
SELECT (SELECT max(id) FROM tickets_deadline),
  EXISTS (SELECT 1 FROM tickets_deadline d WHERE d.met_at IS NULL AND d.cancelled_at IS NULL {newer}
    AND NOT EXISTS (SELECT 1 FROM alerts_bell b WHERE b.deadline_id = d.id)),
  EXISTS (SELECT 1 FROM tickets_deadline WHERE met_at IS NULL AND cancelled_at IS NULL AND escalated_at IS NULL AND due_at < %s),
  EXISTS (SELECT 1 FROM alerts_bell WHERE rung_at IS NULL AND silenced_at IS NULL AND planned_at < %s),
  EXISTS (SELECT 1 FROM alerts_bell b JOIN tickets_deadline d ON d.id = b.deadline_id
    LEFT JOIN tickets_acknowledgement a ON a.deadline_id = d.id
    WHERE b.rung_at IS NOT NULL AND b.silenced_at IS NULL
      AND (d.met_at IS NOT NULL OR d.cancelled_at IS NOT NULL OR a.deadline_id IS NOT NULL))
"""


@dataclass
class Seen:
    """How far this process has planned, so that it need not ask every open promise each second."""

    upto: int = 0
    whole: dt.datetime | None = None  # when it last looked through all of them
    said: dt.datetime | None = None  # when it last noted its own name

    def is_whole(self, now: dt.datetime) -> bool:
        """Is it time to look through all of them?"""
        return self.whole is None or abs(now - self.whole) >= EVERY

    def looked(self, upto: int, now: dt.datetime) -> None:
        """Everything up to that id has its bells."""
        if self.is_whole(now):
            self.whole = now
        self.upto = upto

    def noted(self, name: str, now: dt.datetime) -> None:
        """Note that this sweeper goes round, now and then."""
        if self.said is None or abs(now - self.said) >= NAMED_EVERY:
            sla.beat(now, name=name)
            self.said = now

    def forget(self) -> None:
        self.upto, self.whole, self.said = 0, None, None


seen = Seen()


def unplanned(now: dt.datetime) -> DeadlineQuerySet:
    """Promises that run and have no bells yet: among the newest, once a minute among all."""
    rows = Deadline.objects.open().filter(~Exists(Bell.objects.filter(deadline=OuterRef("pk")))).order_by("pk")
    return rows if seen.is_whole(now) else rows.filter(pk__gt=seen.upto - OVERLAP)


def plan(now: dt.datetime) -> int:
    """Write down when each new promise will ring, by the policy in force when it began. Returns how many bells."""
    rows = list(unplanned(now)[:AT_ONCE])
    if rows and len(rows) < AT_ONCE:
        seen.looked(rows[-1].pk, now)
    policies = list(Policy.objects.filter(kind__in={row.kind for row in rows}).order_by("-since", "-pk"))
    bells = [bell for row in rows for bell in bells_of(row, policies, now)]
    Bell.objects.bulk_create(bells, ignore_conflicts=True)  # another sweeper may be planning the same
    return len(bells)


def bells_of(deadline: Deadline, policies: Sequence[Policy], now: dt.datetime) -> list[Bell]:
    """The bells of one promise. What had to be said ahead and is past already when it is planned is left out."""
    policy = next((row for row in policies if row.kind == deadline.kind and row.since <= deadline.started_at), None)
    levels = policy.bells if policy else as_delivered(deadline)
    return [
        Bell(
            deadline=deadline,
            share=level.share,
            after=level.after,
            roles=",".join(level.roles),
            policy=policy,
            planned_at=level.at(deadline),
        )
        for level in levels
        if not (level.is_ahead and deadline.due_at <= now)
    ]


@transaction.atomic
def ring(now: dt.datetime) -> int:
    """Ring what is due, silence what need not ring any more. Returns how many rang."""
    rows = Bell.objects.waiting().filter(planned_at__lt=now).order_by("planned_at")
    due = list(rows.select_for_update(skip_locked=True, of=("self",)).select_related("deadline")[:AT_ONCE])
    if not due:
        return 0
    heard = set(
        Acknowledgement.objects.filter(deadline__in={bell.deadline_id for bell in due}).values_list(
            "deadline", flat=True
        )
    )
    silent = {bell.pk for bell in due if not rings(bell, heard, now)}
    Bell.objects.filter(pk__in=silent).update(silenced_at=now)
    return Bell.objects.filter(pk__in={bell.pk for bell in due} - silent).update(rung_at=now)


def rings(bell: Bell, heard: set[int], now: dt.datetime) -> bool:
    """Is there still something to say: the promise runs, a warning is not too late, a further person is needed?"""
    row = bell.deadline
    if not row.is_open:
        return False
    if bell.is_ahead:
        return now <= row.due_at
    return bell.after == 0 or row.pk not in heard


def next_moment() -> dt.datetime | None:
    """When the next promise is due or the next bell has to ring; a loop sleeps until then."""
    bell = Bell.objects.waiting().order_by("planned_at").values_list("planned_at", flat=True).first()
    return min((moment for moment in (sla.next_due(), bell) if moment), default=None)
