"""Refusals: a step that is not possible now, or not for this person; each a sentence for the person, never a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition, TransitionNotAllowed

from core.text import listed
from people.roles import Role

Answer = Callable[[HttpRequest], HttpResponse]


class Refusal(TransitionNotAllowed):
    """A step that is not possible now; its text is a sentence naming what is wrong and the remedy. Answered with 409."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)

    def __str__(self) -> str:
        return self.sentence


class Forbidden(PermissionDenied):
    """A step this person may not take; its text says who may. Answered with 403."""

    def __init__(self, step: str, roles: Iterable[Any]) -> None:
        names = listed(Role(role).label for role in roles)
        self.sentence = _("这一步由%(roles)s办理。") % {"roles": names} if names else _("您不能办理这一步。")
        super().__init__(self.sentence)
        self.step = step


class RefusalMiddleware:
    """Answers a refusal that no view caught: 409 or 403 with its sentence."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return refused(request, exception.sentence)
        if isinstance(exception, ConcurrentTransition):
            return refused(request, _("别人刚办过这一步。刷新后再看下一步。"))
        if isinstance(exception, Forbidden):
            return render(request, "403.html", {"exception": exception.sentence}, status=403)
        return None


def refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """409 with the sentence: a fragment for htmx, a page otherwise."""
    template = "frame/refused.html" if getattr(request, "htmx", False) else "409.html"
    return render(request, template, {"sentence": sentence}, status=409)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: the page was open too long or came from elsewhere."""
    return render(request, "403.html", {"exception": _("这张表单已过期。返回上一页刷新后再提交。")}, status=403)
