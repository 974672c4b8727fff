"""An address with a telephone number in it is answered with one without; views read what was meant."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from desk.private import LOST, SIGN, holds_telephone, in_address, meant

Answer = Callable[[HttpRequest], HttpResponse]
# What may be a telephone number: a search, who rings, what was typed for a dwelling.
TYPED = ("q", "phone", "unit")


class NoTelephoneInAddress:
    """For GET only: a posted search carries its text in the body."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any(holds_telephone(value) for _name, value in typed(request.GET)):
            return HttpResponseRedirect(cleaned(request, request.get_full_path()))
        if any(value.startswith(SIGN) for _name, value in typed(request.GET)):
            request.GET = QueryDict(urlencode(read(request), doseq=True))
        answer = self.get_response(request)
        if request.user.is_authenticated and holds_telephone_in(answer.headers.get("Location", "")):
            answer.headers["Location"] = cleaned(request, answer.headers["Location"])
        return answer


def typed(query: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name in TYPED for value in query.getlist(name)]


def holds_telephone_in(address: str) -> bool:
    return any(holds_telephone(value) for name, value in parse_qsl(urlsplit(address).query) if name in TYPED)


def cleaned(request: HttpRequest, address: str) -> str:
    """The address with a sign for each number; for who is not signed in without it, since no session keeps it."""
    parts, kept = urlsplit(address), []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in TYPED or not holds_telephone(value):
            kept.append((name, value))
        elif request.user.is_authenticated:
            kept.append((name, in_address(request, value)))
    return parts._replace(query=urlencode(kept)).geturl()


def read(request: HttpRequest) -> dict[str, list[str]]:
    """The query as the views are to see it; a sign that nobody knows any more is left out and said so by `lost`."""
    query = {name: list(values) for name, values in request.GET.lists()}
    for name in TYPED:
        values = [meant(request, value) for value in query.get(name, [])]
        query[name] = [value for value in values if value is not None]
        if None in values:
            query[LOST] = [name]
    return query
