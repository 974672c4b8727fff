"""Builders under several names: 宏达建设 and 宏达建设有限公司 may be one firm or two. That is asked, never decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from core.text import name_keys

ENDINGS = re.compile(r"(有限责任|股份有限|有限|股份|集团|总公司|公司|工程|建筑|建设|安装|建工|局)$")
TELLING = set("一二三四五六七八九十东南西北中0123456789ABCDEFGH")


@dataclass
class Answers:
    """What the person said beforehand: columns by head word, firms that are one, firms that are their own."""

    columns: dict[str, str] = field(default_factory=dict)
    same_builder: dict[str, str] = field(default_factory=dict)
    new_builders: set[str] = field(default_factory=set)


class Question(NamedTuple):
    """Are these two one firm? `name` would become `like`."""

    name: str
    like: str


def settle(
    names: Iterable[str], known: Mapping[str, Iterable[str]], answers: Answers
) -> tuple[dict[str, str], list[Question]]:
    """{name in the file: name of the firm}, and what must be asked before anything is brought in.

    known: names of the firms there are already, each with the spellings that were answered before.
    """
    firms = {spelling: firm for firm, spellings in known.items() for spelling in [*spellings, firm]}
    in_file = list(dict.fromkeys(filter(None, names)))
    settled = {name: firm_of(answers.same_builder.get(name, name), answers, firms) for name in in_file}
    open_names = dict.fromkeys([firm for name, firm in settled.items() if firm not in known])
    asked = [pair for pair in combinations([*open_names, *known], 2) if pair[0] in open_names]
    questions = [
        Question(*sorted(pair, key=lambda name: (name in known, len(name))))
        for pair in asked
        if not answers.new_builders & set(pair) and is_near(*pair)
    ]
    return settled, questions


def firm_of(name: str, answers: Answers, firms: Mapping[str, str]) -> str:
    """The firm behind a name: as answered now, else as answered before, else itself."""
    return firms.get(name) or answers.same_builder.get(name, name)


def is_near(one: str, other: str) -> bool:
    """Could two names be one firm? One holds the other, they sound alike, or differ in one letter that tells nothing."""
    short, long = sorted((core(one), core(other)), key=len)
    if short in long or sounds(short) == sounds(long):
        return True
    different = [pair for pair in zip(short, long, strict=False) if pair[0] != pair[1]]
    return len(short) == len(long) > 3 and len(different) == 1 and not set(different[0]) & TELLING


def core(name: str) -> str:
    """宏达建设有限公司 → 宏达: what is left when the usual endings are gone, two letters at least."""
    name = re.sub(r"[\s（）()]", "", name).upper()
    while len(shorter := ENDINGS.sub("", name)) >= 2 and shorter != name:
        name = shorter
    return name


def sounds(name: str) -> str:
    return (name_keys(name).split() or [""])[0]
