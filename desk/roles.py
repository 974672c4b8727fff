"""Who may open which page of the desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse

from core.refusals import Forbidden
from people.models import User
from people.roles import DU, ES, FD, FI, MG, SS, Role

READERS = (FD, DU, SS, ES, MG, FI)
SUPERVISORS = (SS, ES, MG)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def person(request: HttpRequest) -> User:
    """Who is signed in; only for views that need it."""
    return cast(User, request.user)


def only_for(*roles: Role) -> Callable[[View[P]], View[P]]:
    """A page for these roles, whatever the community; everybody else gets a 403 that names them."""

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not person(request).may(*roles):
                raise Forbidden(view.__name__, roles)
            return view(request, *args, **kwargs)

        answer.roles = roles  # type: ignore[attr-defined]
        return cast(View[P], answer)

    return guarded
