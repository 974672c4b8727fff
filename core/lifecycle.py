"""How a record changes state: one door, one lock, one event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar, cast

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransitionMixin, FSMField, FSMFieldDescriptor, Transition
from simple_history.utils import bulk_update_with_history

from core import clock
from core.refusals import Forbidden, Refusal

Sentence = str | Promise


class Actor(Protocol):
    """Whoever acts: a member of staff, or a guest holding a signed link."""

    def may(self, *roles: str, within: int | None = None) -> bool: ...


@dataclass(frozen=True)
class Guard:
    """A condition of a step together with the sentence shown while it fails; `asked`: the step's own form asks for it."""

    holds: Callable[[Any], bool]
    sentence: Sentence
    asked: bool = False

    def __call__(self, record: Any) -> bool:
        return self.holds(record)


def guard(sentence: Sentence, *, asked: bool = False) -> Callable[[Callable[[Any], bool]], Guard]:
    """Turn a predicate of the record into a condition that can say why it fails."""
    return lambda holds: Guard(holds, sentence, asked)


@dataclass(frozen=True)
class NextStep:
    """A step a person may take from here; `blocked_by` is the sentence that still forbids it."""

    name: str
    label: str
    blocked_by: str | None
    custom: dict[str, Any]


class StateDescriptor(FSMFieldDescriptor):
    """Lets a record that reloads itself take its state; everybody else is refused."""

    def __set__(self, instance: Any, value: Any) -> None:
        if instance.__dict__.get("_reloading"):
            self.field.set_state(instance, value)
        else:
            super().__set__(instance, value)


class StateField(FSMField):
    """A protected state. django_fsm lifts the protection of the whole process while one record reloads, which two threads
    would notice; this one lifts it for that record."""

    descriptor_class = StateDescriptor

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django_fsm.FSMField", args, kwargs


class Lifecycle(ConcurrentTransitionMixin, models.Model):
    """A record whose `state` moves only through its transitions, one `advance` at a time."""

    state: str
    _raising = False
    version = models.PositiveIntegerField(default=0, editable=False)
    since = models.DateTimeField(default=clock.now, editable=False, help_text="when the present state was reached")

    class Meta:
        abstract = True

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_reloading"] = True
        try:
            super().refresh_from_db(*args, **kwargs)
        finally:
            del self.__dict__["_reloading"]

    def _get_protected_fsm_fields(self) -> set[str]:
        return set()

    def lock(self) -> Self:
        """Take the row's lock and see it as it stands now (inside a transaction)."""
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update(of=("self",)))
        return self

    def lock_spine(self) -> None:
        """Lock the ticket first, then this record: the one lock order of every action."""
        raise NotImplementedError

    def record(
        self, action: str, *, by: Actor, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        """Write the Event of a step."""
        raise NotImplementedError

    @classmethod
    def record_all(
        cls,
        rows: Sequence[tuple[Any, dict[str, Any]]],
        action: str,
        *,
        by: Actor,
        at: dt.datetime,
        on_behalf_of: Any = None,
    ) -> None:
        """Write the Events of a step that many records took together: (record, its facts) each."""
        for record, facts in rows:
            record.record(action, by=by, at=at, on_behalf_of=on_behalf_of, **facts)

    def advance(
        self,
        step: Callable[..., Any],
        *,
        by: Actor,
        at: dt.datetime | None = None,
        on_behalf_of: Any = None,
        remark: str = "",
        **facts: Any,
    ) -> None:
        """Take `step` with its `facts`, save it and record it, or leave no trace.

        facts: set on the record before its guards are asked, and written into the Event.
        remark: free text, kept beside the Event so that it can be erased.
        """
        at = at or clock.now()
        with transaction.atomic():
            try:
                for name, value in facts.items():
                    if hasattr(self, name):
                        setattr(self, name, value)
                self._check(step, by)
                before = self.state
                step()
                if self.state != before:
                    self.since = at
                self._save_raised(by)
                self.record(step.__name__, by=by, at=at, on_behalf_of=on_behalf_of, remark=remark, **facts)
            except (Refusal, Forbidden):
                self.refresh_from_db()
                raise

    def _raise(self, by: Actor) -> None:
        self._history_user: Any = by if isinstance(by, models.Model) else None
        self._history_date = clock.now()  # or a relived month would look edited today
        self.version += 1

    def _save_raised(self, by: Actor) -> None:
        self._raise(by)
        self._raising = True
        try:
            self.save()
        finally:
            self._raising = False

    def next_steps(self, by: Actor) -> Iterator[NextStep]:
        """The steps this person may take from here, each with the sentence that still blocks it before its form is filled in."""
        for move in self._moves():
            if move.source == self.state and not move.custom.get("auto") and move.has_perm(self, by):  # type: ignore[arg-type]
                label = str(move.custom.get("label", move.name))
                yield NextStep(move.name, label, self._blocker(move, asked=False), move.custom)

    @classmethod
    def _moves(cls) -> Iterator[Transition]:
        return cls._meta.get_field("state").get_all_transitions(cls)  # type: ignore[union-attr, no-any-return]

    def _check(self, step: Callable[..., Any], by: Actor) -> None:
        move = step._django_fsm.get_transition(self.state)  # type: ignore[attr-defined]
        if move is None:
            raise Refusal(
                _("现为“%(state)s”，不能%(step)s。刷新后再看下一步。")
                % {"state": self._state_label(), "step": self._step_label(step)}
            )
        if not move.custom.get("auto") and not move.has_perm(self, by):
            raise Forbidden(step.__name__, getattr(move.permission, "admits", ()))
        if sentence := self._blocker(move):
            raise Refusal(sentence)

    def _blocker(self, move: Transition, *, asked: bool = True) -> str | None:
        conditions = [each for each in move.conditions or [] if asked or not getattr(each, "asked", False)]
        failing = (condition for condition in conditions if not condition(self))
        return next((str(getattr(condition, "sentence", "")) for condition in failing), None)

    def _state_label(self) -> str:
        return str(dict(self._meta.get_field("state").flatchoices).get(self.state, self.state))  # type: ignore[union-attr]

    def _step_label(self, step: Callable[..., Any]) -> str:
        labels = (move.custom.get("label") for move in step._django_fsm.transitions.values())  # type: ignore[attr-defined]
        return str(next((label for label in labels if label), step.__name__))

    def _do_update(self, base_qs: Any, *args: Any, **kwargs: Any) -> bool:  # type: ignore[override]
        # A step from a state to itself leaves the state as it was: only the version shows that somebody was faster.
        if self._raising:
            base_qs = base_qs.filter(version=self.version - 1)
        return bool(super()._do_update(base_qs, *args, **kwargs))


R = TypeVar("R", bound=Lifecycle)
P = ParamSpec("P")
T = TypeVar("T")


def advance_all(
    moves: Sequence[tuple[R, dict[str, Any]]], step: str, *, by: Actor, at: dt.datetime, on_behalf_of: Any = None
) -> None:
    """The same step of many records, each with its facts, all or nothing: guards and permission of each, then one write a table.

    The caller has locked them, lowest id first; after a refusal what is in memory is stale.
    """
    changed = {"state", "version", "since"}
    for record, facts in moves:
        known = {name: value for name, value in facts.items() if hasattr(record, name)}
        for name, value in known.items():
            setattr(record, name, value)
        move = getattr(record, step)
        record._check(move, by)
        before = record.state
        move()
        record.since = at if record.state != before else record.since
        record._raise(by)
        changed |= known.keys()
    if moves:
        model = type(moves[0][0])
        bulk_update_with_history([record for record, _facts in moves], model, sorted(changed))
        model.record_all(moves, step, by=by, at=at, on_behalf_of=on_behalf_of)


def action(function: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """One thing a person does: one transaction, the ticket's row locked first; a refusal leaves record and memory as they were."""

    @wraps(function)
    def locked(record: R, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with transaction.atomic():
                record.lock_spine()
                return function(record, *args, **kwargs)
        except (Refusal, Forbidden):
            record.refresh_from_db()
            raise

    return cast(Callable[Concatenate[R, P], T], locked)
