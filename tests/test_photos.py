"""Photos: made anew, or refused with a sentence that names the limit and what was sent (trust.md §2c)."""

from __future__ import annotations

import hashlib
import io
import struct
import uuid
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from tests.cast import Cast
from tickets import photos
from tickets.models import Photo, photos_storage

RED = (200, 30, 30)


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "red" if mode == "P" else (RED if mode == "RGB" else (*RED, 0))).save(made, kind, **options)
    return made.getvalue()


def sent(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def flood(side: int) -> bytes:
    """A PNG of side × side grey pixels: some kB that unpack to hundreds of MB."""
    pack = zlib.compressobj(9)
    row = b"\0" + bytes(side)
    rows = b"".join(pack.compress(row) for _ in range(side)) + pack.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def refusal(content: bytes, name: str = "photo.jpg") -> tuple[int, str]:
    with pytest.raises(photos.NotAPhoto) as caught:
        photos.read(sent(content, name))
    return caught.value.status, caught.value.sentence


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])  # fmt: skip
def test_a_photo_becomes_our_own_jpeg(kind, mode):
    made = photos.read(sent(picture(kind, mode=mode)))
    again = Image.open(io.BytesIO(made.jpeg))
    assert (again.format, again.mode, again.size) == ("JPEG", "RGB", (60, 40))
    assert made.sha256 == hashlib.sha256(made.jpeg).hexdigest()


def test_what_was_transparent_becomes_white():
    made = photos.read(sent(picture("PNG", mode="RGBA")))
    assert Image.open(io.BytesIO(made.jpeg)).getpixel((30, 20)) == (255, 255, 255)


def test_a_large_photo_is_scaled_to_2000_pixels():
    made = photos.read(sent(picture(size=(4000, 3000))))
    assert Image.open(io.BytesIO(made.jpeg)).size == (2000, 1500)


def test_place_and_maker_are_dropped_and_the_photo_stands_upright():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Phone 9"
    exif.get_ifd(0x8825)[1] = "N"
    original = picture(exif=exif.tobytes())
    assert b"Phone 9" in original
    made = Image.open(io.BytesIO(photos.read(sent(original)).jpeg))
    assert (dict(made.getexif()), made.size) == ({}, (40, 60))


def test_a_script_behind_the_picture_is_gone():
    made = photos.read(sent(picture() + b"<script>alert(1)</script><?php system('id') ?>"))
    assert b"script" not in made.jpeg and b"php" not in made.jpeg


def test_a_pixel_flood_is_refused_by_its_header():
    assert refusal(flood(12_000), "a.png") == (413, "a.png 的像素12000×12000，最多 5000 万像素。")
    status, sentence = refusal(flood(20_000), "b.png")
    assert (status, sentence) == (413, "b.png 的像素过大，最多 5000 万像素。")


def test_a_file_above_the_limit_is_refused_with_its_size(settings):
    settings.PHOTO_LARGEST_BYTES = 1024 * 1024
    assert refusal(b"x" * (1024 * 1024 * 3 // 2)) == (413, "photo.jpg 有 1.5 MB，一张最多 1 MB。")


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script></html>", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"", b"%PDF-1.7", b"\x00\x00\x00\x18ftypheic"],
)  # fmt: skip
def test_what_is_no_picture_we_take_is_refused_whatever_its_name(content):
    assert refusal(content) == (415, "photo.jpg 不是照片。只收 JPEG、PNG 和 WebP。")


def test_a_gif_is_none_of_the_three():
    assert refusal(picture("GIF", mode="P"), "x.gif") == (415, "x.gif 不是照片。只收 JPEG、PNG 和 WebP。")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_refused(kind):
    whole = picture(kind, size=(400, 300))
    assert refusal(whole[: len(whole) // 2]) == (422, "photo.jpg 已损坏，打不开。换一张。")


def test_a_hostile_name_is_shown_short_and_never_used():
    name = "../../etc/" + "路" * 300 + "\r\n.jpg"
    made = SimpleUploadedFile("x", b"no picture")
    made.__dict__["_name"] = name
    with pytest.raises(photos.NotAPhoto) as caught:
        photos.read(made)
    assert len(caught.value.sentence) < 90 and "\n" not in caught.value.sentence


def post(client: Any, ticket: Any, *files: SimpleUploadedFile, **headers: Any) -> Any:
    fields = {"once": str(uuid.uuid4()), "kind": "before", "photos": list(files)}
    return client.post(reverse("add_photo", args=[ticket.number]), fields, headers=headers or None)


def test_photos_are_kept_under_random_names_and_told_on_the_timeline(cast: Cast, sign_in):
    ticket = cast.report()
    answer = post(sign_in("zhou"), ticket, sent(picture(), "../卫生间.jpg"), sent(picture("PNG"), "b.png"))
    assert (answer.status_code, answer.headers["Location"]) == (302, ticket.get_absolute_url())
    rows = list(Photo.objects.filter(ticket=ticket))
    assert [(row.kind, row.by) for row in rows] == [("before", cast.zhou)] * 2
    for row in rows:
        folder, _slash, name = str(row.file.name).partition("/")
        assert (len(folder), len(name), name[:2], name[-4:]) == (2, 36, folder, ".jpg")
        assert hashlib.sha256(row.file.read()).hexdigest() == row.sha256
    assert ticket.events.order_by("-seq")[0].facts == {"kind": "before", "photos": [row.pk for row in rows]}


def test_a_refused_photo_answers_with_its_status_and_keeps_the_page(cast: Cast, sign_in):
    ticket, client = cast.report(), sign_in("zhou")
    answer = post(client, ticket, sent(b"no picture", "账单.pdf"))
    assert (answer.status_code, answer.context["form"].errors["photos"][0]) == (415, "账单.pdf 不是照片。只收 JPEG、PNG 和 WebP。")  # fmt: skip
    assert post(client, ticket, sent(picture()[:300])).status_code == 422
    assert post(client, ticket, *[sent(picture())] * 10).status_code == 413
    assert not Photo.objects.exists()


def test_a_photo_refused_in_a_dialog_is_one_sentence_that_leaves_the_form_alone(cast: Cast, sign_in):
    answer = post(sign_in("zhou"), cast.report(), sent(b"no picture"), **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, "text/plain; charset=utf-8")
    assert answer.content.decode() == "photo.jpg 不是照片。只收 JPEG、PNG 和 WebP。"


def test_a_photo_is_sent_as_a_picture_and_nothing_else(cast: Cast, sign_in):
    ticket = cast.notified()
    [kept] = photos.add_photo(ticket, by=cast.wang, photos=[photos.read(sent(picture()))])
    answer = sign_in("zhou").get(reverse("photo", args=[kept.pk]))
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == kept.sha256
    wanted = (
        "Content-Type",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Cache-Control",
        "Content-Disposition",
    )
    assert [answer.headers[name] for name in wanted] == [
        "image/jpeg", "nosniff", "default-src 'none'; sandbox", "no-store", f'inline; filename="{kept.pk}.jpg"',
    ]  # fmt: skip


def test_a_photo_is_shown_to_whom_its_repair_concerns(cast: Cast, sign_in):
    ticket = cast.notified()
    [kept] = photos.add_photo(ticket, by=cast.wang, photos=[photos.read(sent(picture()))])
    url = reverse("photo", args=[kept.pk])
    assert {who: sign_in(who).get(url).status_code for who in ("qian", "wang", "dian", "shen", "admin")} == {
        "qian": 200, "wang": 200, "dian": 403, "shen": 200, "admin": 404,
    }  # fmt: skip


def test_a_repair_takes_sixty_photos_and_no_more(cast: Cast, sign_in, monkeypatch):
    monkeypatch.setattr(photos, "MOST_OF_A_TICKET", 1)
    ticket, client = cast.report(), sign_in("zhou")
    assert post(client, ticket, sent(picture())).status_code == 302
    answer = post(client, ticket, sent(picture()))
    assert (answer.status_code, answer.context["refused"]) == (409, "一件报修最多 1 张照片。")


def test_files_are_taken_off_again_when_the_step_fails(cast: Cast):
    ticket, good = cast.report(), photos.read(sent(picture()))
    before = files_kept()
    with pytest.raises(AttributeError):
        photos.keep(ticket, [good, None], by=cast.zhou, kind="report", at=ticket.reported_at)  # type: ignore[list-item]
    assert (files_kept(), Photo.objects.count()) == (before, 0)


def files_kept() -> list[str]:
    return sorted(str(path) for path in Path(photos_storage().location).rglob("*.jpg"))
