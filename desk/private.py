"""Telephone numbers stay out of addresses (trust.md P8): a link says ~k3Hx…, the session of the person knows what that was."""

from __future__ import annotations

import re
import secrets
import unicodedata

from django.http import HttpRequest

from places.queries import parse_address, parse_number

SHELF = "told"
SIGN = "~"
LOST = "lost"  # the name under which a view reads that a sign is unknown
MOST = 20
LONGEST = 100
SEPARATORS = re.compile(r"[\s\-—–－_.()（）+]")
FIGURES = re.compile(r"[0-9]{7}")


def holds_telephone(text: str) -> bool:
    """Seven figures in a row, however they are parted; the number of a paper and that of a dwelling are none."""
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > LONGEST or FIGURES.search(plain):
        return bool(FIGURES.search(plain)) and not parse_number(plain[:LONGEST])
    if parse_number(plain):
        return False
    room = parse_address(plain)
    dwelling = room is not None and room.entrance and len(room.building) < 3 and len(room.entrance) < 3
    return bool(FIGURES.search(SEPARATORS.sub("", plain))) and not dwelling


def in_address(request: HttpRequest, text: str) -> str:
    """The text as it may stand in an address: itself, or a sign for it if it holds a telephone number."""
    if not holds_telephone(text):
        return text
    shelf: dict[str, str] = request.session.get(SHELF, {})
    sign = next((sign for sign, told in shelf.items() if told == text), "")
    if not sign:
        sign = SIGN + secrets.token_urlsafe(6)
        request.session[SHELF] = dict([*shelf.items(), (sign, text)][-MOST:])
    return sign


def meant(request: HttpRequest, said: str) -> str | None:
    """What stands behind the text of an address; None for a sign that this session does not know."""
    return request.session.get(SHELF, {}).get(said) if said.startswith(SIGN) else said
