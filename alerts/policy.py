"""Who is told of a promise, and when: ahead of its due time, at it, and after it while nobody has said 知道了 (lives.md §1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from people.roles import DU, ES, FD, MG, SS, TE, Role
from tickets.models import Deadline

Kind = Deadline.Kind
WHOLE = 100
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Level:
    """One bell of a promise: at `share` percent of it, or `after` minutes past it; `roles` are whom it addresses.

    TE is the performer himself, not every technician of the community.
    """

    share: int
    after: int
    roles: tuple[Role, ...]

    def at(self, deadline: Deadline) -> dt.datetime:
        """When this bell is to ring."""
        if self.share < WHOLE:
            started: dt.datetime = deadline.started_at
            return started + (deadline.due_at - started) * self.share / WHOLE
        due: dt.datetime = deadline.due_at
        return due + self.after * MINUTE

    @property
    def is_ahead(self) -> bool:
        return self.share < WHOLE

    @property
    def hours(self) -> int:
        """Whole hours past the due time, where it is said in hours; else 0."""
        return self.after // 60 if self.after >= 60 and self.after % 60 == 0 else 0

    @property
    def is_due(self) -> bool:
        return self.share == WHOLE and self.after == 0

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "roles": [str(role) for role in self.roles]}


def ahead(share: int, *roles: Role) -> Level:
    return Level(share, 0, roles)


def due(*roles: Role) -> Level:
    return Level(WHOLE, 0, roles)


def unheard(minutes: int, *roles: Role) -> Level:
    return Level(WHOLE, minutes, roles)


# The table of lives.md §1, with warnings ahead and who hears it next; an administrator may replace a line (models.Policy).
DEFAULTS: dict[str, tuple[Level, ...]] = {
    Kind.NOTIFY: (ahead(60, FD, DU), ahead(80, FD, DU, ES), due(FD, DU, ES), unheard(5, SS), unheard(30, MG)),
    Kind.ARRIVE: (ahead(80, ES, TE), due(ES, TE), unheard(10, SS), unheard(60, MG)),
    Kind.FINISH: (ahead(80, ES, TE), due(ES, SS, TE), unheard(60, MG)),
    Kind.STEP: (ahead(80, FD, SS, ES), due(FD, SS, ES)),
    Kind.COLLECT: (ahead(80, ES, TE), due(ES, TE), unheard(30, SS)),
    Kind.DESK_COPIES: (ahead(80, FD), due(FD, ES)),
    Kind.COPY_RETURN: (ahead(80, ES), due(ES, SS)),
    Kind.BUILDER_REPLY: (ahead(80, FD), due(FD, SS)),
    Kind.REFERRAL: (ahead(80, FD), due(FD, SS)),
    Kind.CALLBACK: (ahead(80, FD), due(FD, SS)),
    Kind.CORRECTION: (ahead(80, SS), due(SS, ES), unheard(24 * 60, MG)),
    Kind.COMPLAINT: (ahead(80, SS), due(SS, MG)),
    Kind.CASH: (ahead(80, TE), due(ES, SS, TE)),
}
# Asking a complainant for his word is the service supervisor's step alone.
WORD_OF_COMPLAINANT = (ahead(80, SS), due(SS))
LEVELS_MOST = 8
AFTER_MOST = 7 * 24 * 60


def read(rows: Iterable[dict[str, Any]]) -> tuple[Level, ...]:
    """Levels as a policy keeps them."""
    return tuple(Level(row["share"], row["after"], tuple(Role(role) for role in row["roles"])) for row in rows)


def in_order(levels: Sequence[Level]) -> tuple[Level, ...]:
    """The earliest first."""
    return tuple(sorted(levels, key=lambda level: (level.share, level.after)))


def as_delivered(deadline: Deadline) -> tuple[Level, ...]:
    """The bells of a promise whose kind nobody has changed."""
    if deadline.kind == Kind.STEP and deadline.is_of_complaint:
        return WORD_OF_COMPLAINANT
    return DEFAULTS[deadline.kind]
