"""Signing in and out, and one's own page."""

from __future__ import annotations

import json
import logging
import unicodedata
from typing import cast

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import actions, middleware, throttle
from people.forms import ChangePasswordForm, LanguageForm, PreferencesForm, SignInForm, ThemeForm
from people.models import SignInFailure, User
from people.roles import AD, DESK, ES, TE

security = logging.getLogger("repairdesk.security")


def person(request: HttpRequest) -> User:
    """Who is signed in; only for views that need it."""
    return cast(User, request.user)


def home_of(user: User) -> str:
    """Where this person's work begins."""
    desk = user.may(*DESK)
    name = "me" if user.roles <= {AD} else "board"
    if not desk and user.may(ES):
        name = "engineering"
    elif not desk and user.may(TE):
        name = "my_jobs"
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("me")


def place_after(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """The place asked for if it is one of this site, else the other: never a stranger's page."""
    plain = not any(unicodedata.category(character) == "Cc" for character in wanted)
    here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if plain and here else otherwise


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return redirect(home_of(person(request)))


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; asked for by an open page (htmx) only its form, and afterwards the page goes on where it was."""
    if request.method == "POST":
        return sign_in_with(request, SignInForm(request.POST))
    if request.user.is_authenticated:
        return signed_in(request, person(request), request.GET.get("next", ""))
    return show_sign_in(request, SignInForm(), sentence=middleware.why_over(request.GET.get("over", "")))


def sign_in_with(request: HttpRequest, form: SignInForm) -> HttpResponse:
    if not form.is_valid():
        return show_sign_in(request, form, status=422)
    username, password = form.cleaned_data["username"], form.cleaned_data["password"]
    address = throttle.address_of(request)
    try:
        attempt = throttle.begin(username, address, known=throttle.knows(request, username), at=timezone.now())
    except throttle.Throttled as throttled:
        security.warning("auth.throttled", extra={"address": address})
        return must_wait(request, form, throttled)
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        security.warning("auth.failed", extra={"user": id_of(username), "address": address})
        form.add_error(None, _("用户名或密码不对。重新输入。"))
        return show_sign_in(request, form, status=422)
    return begin_session(request, user, attempt, request.POST.get("next", ""))


def id_of(username: str) -> int | None:
    """For the log, which keeps ids only."""
    return User.objects.filter(username__iexact=username).values_list("pk", flat=True).first()


def begin_session(request: HttpRequest, user: User, attempt: SignInFailure, wanted: str) -> HttpResponse:
    """A new session under a new id; nothing of the one before is taken over."""
    throttle.succeeded(attempt)
    request.session.flush()
    user.skip_history_when_saving = True  # type: ignore[attr-defined]  # the time of a sign-in is no change of the person
    login(request, user)
    middleware.touch(request, timezone.now().timestamp())
    security.info("auth.login", extra={"user": user.pk, "address": attempt.address})
    response = signed_in(request, user, wanted)
    throttle.remember(request, response, user.username)
    return response


def signed_in(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    if not in_dialog(request):
        return HttpResponseRedirect(place_after(request, wanted, home_of(user)))
    begun = {"session:begun": {"user": user.pk, "csrf": get_token(request)}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(begun)})


def show_sign_in(request: HttpRequest, form: SignInForm, *, status: int = 200, sentence: str = "") -> HttpResponse:
    template = "people/_sign_in.html" if in_dialog(request) else "people/sign_in_page.html"
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    return render(request, template, {"form": form, "next": wanted, "sentence": sentence}, status=status)


def must_wait(request: HttpRequest, form: SignInForm, throttled: throttle.Throttled) -> HttpResponse:
    form.add_error(None, wait_sentence(throttled))
    response = show_sign_in(request, form, status=429)
    response.headers["Retry-After"] = str(int(throttled.wait.total_seconds()) + 1)
    return response


def wait_sentence(throttled: throttle.Throttled) -> str:
    return _("多次输错，%(minutes)d 分钟后再试。") % {"minutes": throttled.minutes}


def in_dialog(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on the server; the page before stays in no cache."""
    security.info("auth.logout", extra={"user": request.user.pk})
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    return show_me(request)


def show_me(
    request: HttpRequest, *, status: int = 200, password_form: ChangePasswordForm | None = None
) -> HttpResponse:
    user = person(request)
    forms = {
        "password_form": password_form or ChangePasswordForm(user=user),
        "preferences_form": PreferencesForm(instance=user),
    }
    roles = dict.fromkeys(grant.get_role_display() for grant in user.grants.all())
    return render(request, "people/me_page.html", {**forms, "roles": roles, "trades": user.trades.all()}, status=status)


@sensitive_post_parameters()
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """One's own password; ends every session of the account, this one too."""
    user = person(request)
    form = ChangePasswordForm(request.POST, user=user)
    if not form.is_valid():
        return show_me(request, status=422, password_form=form)
    try:
        attempt = throttle.begin(user.username, throttle.address_of(request), known=True, at=timezone.now())
    except throttle.Throttled as throttled:
        form.add_error("old", wait_sentence(throttled))
        return show_me(request, status=429, password_form=form)
    if not user.check_password(form.cleaned_data["old"]):
        form.add_error("old", _("现用密码不对。重新输入。"))
        return show_me(request, status=422, password_form=form)
    throttle.succeeded(attempt)
    actions.change_password(user, form.cleaned_data["new"], by=user)
    logout(request)
    return redirect(f"{reverse('sign_in')}?over=password")


@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Sound and single-letter keys."""
    user = PreferencesForm(request.POST, instance=person(request)).save(commit=False)
    user.save(update_fields=["sound", "single_keys"])
    return redirect("me")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """POST theme: system, light or dark."""
    user, form = person(request), ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("没有这种外观。"), status=422)
    user.theme = form.cleaned_data["theme"]
    user.save(update_fields=["theme"])
    return back(request)


@login_not_required
@require_POST
def set_language_own(request: HttpRequest) -> HttpResponse:
    """POST language: kept with the person, and in a cookie for the sign-in page."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("没有这种语言。"), status=422)
    language = form.cleaned_data["language"]
    if request.user.is_authenticated:
        user = person(request)
        user.language = language
        user.save(update_fields=["language"])
    response = back(request)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86400,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def back(request: HttpRequest) -> HttpResponse:
    """To the page the form stood on; a page that asked in the background loads itself again."""
    if in_dialog(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    otherwise = reverse("me" if request.user.is_authenticated else "sign_in")
    return HttpResponseRedirect(place_after(request, request.POST.get("next", ""), otherwise))
