"""A session ends after an idle hour and after a shift; its owner's language rules the page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

Answer = Callable[[HttpRequest], HttpResponse]
PULSE = "/pulse/"
WRITTEN_EVERY = 30
STARTED, SEEN = "started", "seen"
security = logging.getLogger("repairdesk.security")


def why_over(why: str) -> str:
    """The sentence of the sign-in page: idle, longest, password, or ended (a role or the account changed)."""
    sentences = {
        "idle": _("%(minutes)d 分钟没有操作，已退出。重新登录后继续。")
        % {"minutes": settings.SESSION_IDLE_SECONDS // 60},
        "longest": _("登录已满 %(hours)d 小时。重新登录后继续。") % {"hours": settings.SESSION_LONGEST_SECONDS // 3600},
        "ended": _("登录已结束。重新登录后继续。"),
        "password": _("密码已改。用新密码登录。"),
    }
    return sentences.get(why, "")


def limit_passed(request: HttpRequest, now: float) -> str:
    """Which limit this session has passed: 'idle', 'longest', or '' if none."""
    started = request.session.get(STARTED, now)
    if now - started >= settings.SESSION_LONGEST_SECONDS:
        return "longest"
    return "idle" if now - request.session.get(SEEN, now) >= settings.SESSION_IDLE_SECONDS else ""


class SessionLimits:
    """Ends idle and old sessions, keeps signed-in pages out of every cache, and logs refusals."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_in = request.user.is_authenticated
        if was_in:
            now = timezone.now().timestamp()
            over = limit_passed(request, now)
            if request.path_info == PULSE:
                if over:
                    return session_over(over)
            elif over:
                logout(request)
                request.over = over  # type: ignore[attr-defined]
            else:
                touch(request, now)
        response = self.get_response(request)
        if was_in or request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        if response.status_code == 403 and getattr(request, "reached_view", False):
            log_refusal(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Send who is not signed in to the sign-in page, or tell the page in the background that its session is over."""
        request.reached_view = True  # type: ignore[attr-defined]
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
        over = getattr(request, "over", "ended" if cookie else "")
        if in_background(request):
            return session_over(over or "ended")
        query = urlencode({"next": place_to_return(request), **({"over": over} if over else {})})
        return HttpResponseRedirect(f"{reverse(settings.LOGIN_URL)}?{query}")


def touch(request: HttpRequest, now: float) -> None:
    """Note the activity, but not with each request: a write a page would queue all clerks behind one lock."""
    request.session.setdefault(STARTED, now)
    if now - request.session.get(SEEN, 0) >= WRITTEN_EVERY:
        request.session[SEEN] = now


def in_background(request: HttpRequest) -> bool:
    """Was this asked for by a script of an open page, which cannot show another page?"""
    fetched = request.headers.get("Sec-Fetch-Dest") == "empty"
    return request.headers.get("HX-Request") == "true" or fetched or request.path_info == PULSE


def session_over(why: str) -> HttpResponse:
    """401; the page opens its sign-in dialog on the event session:over, and what was typed stays."""
    headers = {"HX-Trigger": "session:over", "HX-Reswap": "none", "Cache-Control": "no-store"}
    return HttpResponse(why_over(why), status=401, content_type="text/plain; charset=utf-8", headers=headers)


def place_to_return(request: HttpRequest) -> str:
    """Where to go after signing in: this page, or for a sent form the page it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return reverse("home")
    return came_from._replace(scheme="", netloc="", fragment="").geturl() or reverse("home")


def log_refusal(request: HttpRequest) -> None:
    roles = ",".join(sorted(request.user.roles)) if request.user.is_authenticated else ""
    detail = {"user": request.user.pk, "roles": roles, "method": request.method, "path": request.path}
    security.warning("permission.refused", extra=detail)


class OwnLanguage:
    """Speaks the language the person has chosen; who is not signed in gets the cookie's or the browser's."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.language in dict(settings.LANGUAGES):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
