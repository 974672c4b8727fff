"""Photos of a refused form are held for its next sending: by the same person, once, for a day (screens §8: all kept)."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image

from core import clock
from core.refusals import Refusal
from people.models import User
from tickets.models import HeldPhoto, held_storage
from tickets.photos import MOST_AT_ONCE, Picture, written

LASTS = dt.timedelta(hours=24)
MOST_OF_A_PERSON = 90
THUMB = 240


@dataclass
class Pile:
    """The photos that one person's form has left here, under the key of its first sending."""

    by: User
    key: uuid.UUID
    rows: list[HeldPhoto] = field(default_factory=list)
    struck: list[HeldPhoto] = field(default_factory=list)
    lost: bool = False

    def open(self, struck_off: Iterable[str] = ()) -> list[Picture]:
        """The pictures that lie here, but for those whose ids were struck off on the form; `lost` says that some are gone."""
        off, read = set(struck_off), []
        for row in HeldPhoto.objects.filter(by=self.by, once=self.key):
            jpeg = b"" if str(row.pk) in off else bytes_of(row)
            (self.rows if jpeg else self.struck).append(row)
            if jpeg:
                read.append(Picture(jpeg, row.sha256))
        self.lost = any(str(row.pk) not in off for row in self.struck) or not (self.rows or self.struck)
        return read

    def hold(self, fresh: Sequence[Picture]) -> None:
        """Hold these too, as many as one form may carry; what was struck off goes."""
        drop(self.struck)
        self.rows = list(HeldPhoto.objects.filter(by=self.by, once=self.key))
        known = {row.sha256 for row in self.rows}
        for picture in fresh:
            if len(self.rows) < MOST_AT_ONCE and picture.sha256 not in known and (row := self.kept(picture)):
                self.rows.append(row)
                known.add(picture.sha256)
        drop(HeldPhoto.objects.filter(by=self.by).order_by("-pk")[MOST_OF_A_PERSON:])

    def kept(self, picture: Picture) -> HeldPhoto | None:
        """A row with its file; None where the same form, sent twice at once, holds it already."""
        name = written(held_storage(), picture)
        try:
            with transaction.atomic():
                return HeldPhoto.objects.create(
                    by=self.by, once=self.key, file=name, sha256=picture.sha256, at=clock.now()
                )
        except IntegrityError:
            erase([name])
            return None

    def take(self) -> None:
        """Empty the pile inside the transaction that attaches its photos; Refusal where another sending was faster."""
        if not self.rows:
            return
        names = [str(row.file.name) for row in self.rows]
        _all, counted = HeldPhoto.objects.filter(by=self.by, pk__in=[row.pk for row in self.rows]).delete()
        if counted.get(HeldPhoto._meta.label, 0) != len(self.rows):
            raise Refusal(_("保留的照片已随另一次提交存好。核对后重新添加照片。"))
        transaction.on_commit(lambda: erase(names))


def bytes_of(row: HeldPhoto) -> bytes:
    """The picture; empty where its file is gone, as after the same form in another request has taken it."""
    try:
        return Path(row.file.path).read_bytes()
    except FileNotFoundError:
        return b""


def thumbnail(row: HeldPhoto) -> str:
    """A small picture as a data: address, so that no page but the form's own can show it; empty where the file is gone."""
    try:
        with Image.open(row.file.path) as picture:
            picture.draft("RGB", (THUMB, THUMB))
            picture.thumbnail((THUMB, THUMB))
            made = BytesIO()
            picture.save(made, "JPEG", quality=70)
    except OSError:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(made.getvalue()).decode()


def drop(rows: Iterable[HeldPhoto]) -> int:
    """Remove these with their files: the rows first, for a row without a file is harmless and the other way round is litter."""
    rows = list(rows)
    HeldPhoto.objects.filter(pk__in=[row.pk for row in rows]).delete()
    erase(str(row.file.name) for row in rows)
    return len(rows)


def erase(names: Iterable[str]) -> None:
    for name in names:
        held_storage().delete(name)


def drop_leftovers(now: dt.datetime) -> int:
    """Remove what no form has come back for within a day, and files without a row; gives the number of photos removed."""
    gone = drop(HeldPhoto.objects.filter(at__lt=now - LASTS))
    root = Path(held_storage().location)
    for path in root.glob("*/*.jpg"):
        if path.stat().st_mtime < (now - LASTS).timestamp():
            path.unlink(missing_ok=True)
    return gone
