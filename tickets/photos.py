"""Photos: read in full, made anew as JPEG without place data, kept under random names, taken off again when the step fails."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import threading
import uuid
import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import DU, ES, FD, SS, TE, Permission
from tickets.models import Photo, Ticket, photos_storage

FORMATS = ("JPEG", "PNG", "WEBP")
EDGE = 2000
QUALITY = 85
MEGABYTE = 1024 * 1024
# A file of 200 kB may unpack to 50 megapixels: 400 MB and 7 s. One of these at a time; what cameras send does not wait.
LARGE = 12_500_000
one_large_at_a_time = threading.Lock()
MOST_AT_ONCE = 9
MOST_OF_A_TICKET = 60
may_add_photo = Permission(FD, DU, SS, ES, own=(TE,))
log = logging.getLogger("repairdesk")


class NotAPhoto(Exception):
    """A file that is refused; `status` is 413 (too large), 415 (no picture we take) or 422 (broken), `sentence` says what was sent."""

    def __init__(self, status: int, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence
        log.info("upload.refused", extra={"why": why})


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo made anew: JPEG bytes and their digest."""

    jpeg: bytes
    sha256: str


def read(file: UploadedFile[Any]) -> Picture:
    """The file as our own JPEG of at most 2000 px, turned upright, nothing of the original kept; NotAPhoto otherwise."""
    name = shortened(file.name or "")
    size = file.size or 0
    if size > settings.PHOTO_LARGEST_BYTES:
        facts = {"name": name, "mb": f"{size / MEGABYTE:.1f}", "most": settings.PHOTO_LARGEST_BYTES // MEGABYTE}
        raise NotAPhoto(413, "bytes", _("%(name)s 有 %(mb)s MB，一张最多 %(most)s MB。") % facts)
    return made_anew(decoded(file, name))


def decoded(file: UploadedFile[Any], name: str) -> Image.Image:
    """The picture, decoded to its last row and scaled down; its size is read from the header before that."""
    file.seek(0)
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # importing WeasyPrint sets it for the whole process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(file, formats=FORMATS)
        if picture.width * picture.height > settings.PHOTO_LARGEST_PIXELS:
            raise too_many_pixels(name, picture.width, picture.height)
        with one_large_at_a_time if picture.width * picture.height > LARGE else nullcontext():
            picture.draft("RGB", (EDGE, EDGE))
            picture.load()
            return scaled(picture)
    except UnidentifiedImageError:
        raise NotAPhoto(415, "kind", _("%(name)s 不是照片。只收 JPEG、PNG 和 WebP。") % {"name": name}) from None
    except Image.DecompressionBombError:
        raise too_many_pixels(name) from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        raise NotAPhoto(422, "broken", _("%(name)s 已损坏，打不开。换一张。") % {"name": name}) from None


def too_many_pixels(name: str, width: int = 0, height: int = 0) -> NotAPhoto:
    sent = f"{width}×{height}" if width else _("过大")
    facts = {"name": name, "sent": sent, "most": settings.PHOTO_LARGEST_PIXELS // 10_000}
    return NotAPhoto(413, "pixels", _("%(name)s 的像素%(sent)s，最多 %(most)s 万像素。") % facts)


def scaled(picture: Image.Image) -> Image.Image:
    """At most EDGE pixels long, upright, on white where it was transparent."""
    if picture.mode not in {"RGB", "RGBA", "L", "CMYK"}:  # a palette cannot be scaled smoothly
        picture = picture.convert("RGBA")
    picture.thumbnail((EDGE, EDGE))
    layered = ImageOps.exif_transpose(picture).convert("RGBA")
    plain = Image.new("RGB", layered.size, "white")
    plain.paste(layered, mask=layered.getchannel("A"))
    return plain


def made_anew(plain: Image.Image) -> Picture:
    """Only the pixels go on: no EXIF, no place, no trailing bytes."""
    made = BytesIO()
    plain.save(made, "JPEG", quality=QUALITY, optimize=True)
    return Picture(made.getvalue(), hashlib.sha256(made.getvalue()).hexdigest())


def thumbnail(photo: Photo, edge: int = 600) -> bytes | None:
    """The photo small enough for a letter, as JPEG; None when its file is gone."""
    try:
        with photo.file.open("rb") as file:
            picture = Image.open(file, formats=("JPEG",))
            picture.load()
    except (OSError, SyntaxError, ValueError):
        log.warning("photo.unreadable", extra={"photo": photo.pk})
        return None
    picture.thumbnail((edge, edge))
    return made_anew(picture.convert("RGB")).jpeg


def shortened(name: str) -> str:
    """The given name as a sentence may say it: printable, at most 40 characters."""
    plain = "".join(character for character in name if character.isprintable())
    return plain if len(plain) <= 40 else f"{plain[:28]}…{plain[-10:]}"


def may_add(ticket: Ticket, by: User) -> None:
    """Forbidden for who has no part in this repair."""
    if not may_add_photo(ticket, by):
        raise Forbidden("add_photo", may_add_photo.admits)


def has_proof(ticket: Ticket) -> bool:
    """Does a photo show why the site is judged otherwise than the desk? The line of an inspection is judged on its list."""
    return ticket.channel == Ticket.Channel.INSPECTION or ticket.photos.filter(kind=Photo.Kind.BEFORE).exists()


@action
def add_photo(
    ticket: Ticket, *, by: User, photos: Sequence[Picture], kind: str = Photo.Kind.REPORT, at: dt.datetime | None = None
) -> list[Photo]:
    """Add photos to a repair and say so on its timeline."""
    may_add(ticket, by)
    if ticket.photos.count() + len(photos) > MOST_OF_A_TICKET:
        raise Refusal(_("一件报修最多 %(most)s 张照片。") % {"most": MOST_OF_A_TICKET})
    at = at or clock.now()
    kept = keep(ticket, photos, by=by, kind=kind, at=at)
    ticket.record("add_photo", by=by, at=at, kind=kind, photos=[photo.pk for photo in kept])
    return kept


def keep(ticket: Ticket, photos: Iterable[Picture], *, by: User, kind: str, at: dt.datetime) -> list[Photo]:
    """Write and sync the files, then their rows; where one fails, none is left."""
    names: list[str] = []
    try:
        with transaction.atomic():
            return [row_of(ticket, photo, names, by=by, kind=kind, at=at) for photo in photos]
    except BaseException:
        forget(names)
        raise


def row_of(ticket: Ticket, photo: Picture, names: list[str], *, by: User, kind: str, at: dt.datetime) -> Photo:
    names.append(stored := written(photos_storage(), photo))
    return Photo.objects.create(ticket=ticket, kind=kind, file=stored, sha256=photo.sha256, by=by, at=at)


def written(storage: FileSystemStorage, photo: Picture) -> str:
    """The random name under which the picture now lies on the disk, synced."""
    name = uuid.uuid4().hex
    stored = storage.save(f"{name[:2]}/{name}.jpg", ContentFile(photo.jpeg))
    with open(storage.path(stored), "rb") as file:  # noqa: PTH123
        os.fsync(file.fileno())
    return stored


def forget(names: Iterable[str]) -> None:
    storage: Any = photos_storage()
    for name in names:
        storage.delete(name)
