"""The life of each record, drawn from the transitions in code (SOP 4): states in their order, arcs for the steps."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.lifecycle import Lifecycle
from core.text import listed
from desk.sentences import SENTENCES
from people.roles import Permission

TITLES = {
    "ticket": _("报修"),
    "slip": _("单据（派工单、维保单、公共维修单）"),
    "notice": _("施工单位维修通知"),
    "referral": _("市政转报函"),
    "quote": _("报价"),
    "agreement": _("维修协议"),
    "charge": _("应收"),
    "payment": _("收款"),
    "claim": _("索赔单"),
    "callback": _("回访"),
    "correction": _("纠正"),
    "complaint": _("投诉"),
    "approval": _("待核准"),
    "inspection": _("验房"),
    "shift": _("交接班"),
}
GAP, WIDE, TALL, LEFT = 46, 150, 26, 190
CLAUSE = re.compile(r"\b(?:\d(?:\.\d)+(?:-\d+[a-c]?)?|[GCA]\.?\d+)")


@dataclass(frozen=True)
class Node:
    """A state as a box; `x`, `y` its upper left corner, `mid` the middle of its height."""

    value: str
    label: Any
    x: int
    y: int
    end: bool

    @property
    def mid(self) -> int:
        return self.y + TALL // 2

    @property
    def centre(self) -> int:
        return self.x + WIDE // 2


@dataclass(frozen=True)
class Arc:
    """A step from one box to another: the path, on the right going on, on the left going back."""

    path: str
    back: bool


@dataclass(frozen=True)
class Move:
    """A step in words: from where to where, who may, which clause."""

    name: str
    label: Any
    starts: str
    ends: Any
    roles: str
    auto: bool
    clauses: list[str]


@dataclass
class Life:
    """The drawing and the table of one record."""

    name: str
    title: Any
    nodes: list[Node] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    width: int = 0

    @property
    def height(self) -> int:
        return GAP * len(self.nodes) + 8


def concrete(model: type[Lifecycle]) -> Iterator[type[Lifecycle]]:
    """The models that have a table."""
    for child in model.__subclasses__():
        if child._meta.abstract:
            yield from concrete(child)
        else:
            yield child


@cache
def records() -> list[type[Lifecycle]]:
    """Every record with a life, the repair first."""
    leaves = list(concrete(Lifecycle))
    order = [
        "ticket",
        "slip",
        "notice",
        "referral",
        "quote",
        "agreement",
        "charge",
        "payment",
        "callback",
        "correction",
    ]
    names = [leaf._meta.model_name or "" for leaf in leaves]
    return [
        leaf
        for _at, leaf in sorted(
            zip((order.index(n) if n in order else 99 for n in names), leaves, strict=True), key=lambda pair: pair[0]
        )
    ]


def lives() -> list[Life]:
    return [life_of(model) for model in records()]


def life_of(model: type[Lifecycle]) -> Life:
    """The life of one kind of record; sources and targets as its field's choices name them."""
    declared: Any = model
    states = list(declared._meta.get_field("state").flatchoices)
    place = {value: at for at, (value, _label) in enumerate(states)}
    moves = list(model._moves())
    pairs = sorted({(place[str(m.source)], place[str(m.target)]) for m in moves if m.target and str(m.source) in place})
    leaves = {start for start, _end in pairs}
    nodes = [Node(value, label, LEFT, at * GAP + 6, at not in leaves) for at, (value, label) in enumerate(states)]
    life = Life(str(model._meta.model_name), TITLES.get(str(model._meta.model_name), model._meta.verbose_name), nodes)
    life.arcs = [arc(nodes[start], nodes[end], end - start) for start, end in pairs if start != end]
    life.moves = list(in_words(model, moves, dict(states)))
    life.width = LEFT * 2 + WIDE
    return life


def arc(start: Node, end: Node, span: int) -> Arc:
    """The next box straight down; farther ones in a bow to the right, earlier ones to the left."""
    if span == 1:
        return Arc(f"M{start.centre} {start.y + TALL}V{end.y - 3}", back=False)
    reach = min(24 + 11 * abs(span), LEFT - 8)
    side = start.x + WIDE if span > 0 else start.x
    far = side + reach if span > 0 else side - reach
    stop = side + 4 if span > 0 else side - 4
    return Arc(f"M{side} {start.mid}C{far} {start.mid} {far} {end.mid} {stop} {end.mid}", back=span < 0)


def in_words(model: type[Lifecycle], moves: list[Any], labels: dict[str, Any]) -> Any:
    """One line a step, however many states it starts from."""
    by_name: dict[str, list[Any]] = {}
    for move in moves:
        by_name.setdefault(move.name, []).append(move)
    order = list(labels)
    for name, group in sorted(by_name.items(), key=lambda item: min(order.index(str(m.source)) for m in item[1])):
        first = group[0]
        permission = first.permission
        roles = [role.label for role in permission.admits] if isinstance(permission, Permission) else []
        target = labels.get(str(first.target)) if first.target else None
        doc = inspect.getdoc(getattr(model, name)) or ""
        auto = bool(first.custom.get("auto"))
        label = first.custom.get("label") or words_of(model, name)
        starts = [labels[str(move.source)] for move in group if str(move.source) in labels]
        yield Move(name, label, listed(starts), target, listed(roles), auto, CLAUSE.findall(doc))


def words_of(model: type[Lifecycle], name: str) -> Any:
    """What a step by consequence is called: as the timeline says it, without what it fills in; else its name."""
    prefix = "" if model._meta.model_name == "ticket" else f"{model._meta.model_name}_"
    said = str(SENTENCES.get(prefix + name, ""))
    return re.split(r"[\s（：，]*%\(", said)[0] or name
