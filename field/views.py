"""The technician's phone: my jobs, one job in four tabs, the customer's signature with the money, and what I still hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing import actions as billing
from billing import till
from core import clock
from core.money import shown
from core.refusals import Forbidden, Refusal
from field import queries
from field.forms import CASH, DESK, SCAN, SignForm
from people.models import User
from people.roles import TE
from places.queries import printed_number
from tickets.forms.moves import PhotoForm, SurveyForm
from tickets.models import Photo, Ticket
from tickets.states import State
from tickets.steps import StepView, label_of
from workorders import acceptance, turns
from workorders.conditions import (
    has_five_items,
    has_inspected_customer_parts,
    has_no_failed_part,
    has_verified_parts,
    is_within_quote,
    takes_parts,
)
from workorders.forms.parts import PartsForm
from workorders.forms.signing import FinishForm
from workorders.models import Slip
from workorders.queries import copies_of_technician, failing, scanned, slips, with_copies
from workorders.states import LISTING, SlipState

TABS = ("survey", "parts", "photos", "sign")
OF_PARTS = (has_five_items, has_inspected_customer_parts, has_no_failed_part, has_verified_parts, is_within_quote)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def technicians_only(view: View[P]) -> View[P]:
    """These pages are a technician's own; everybody else has the desk's."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not me(request).may(TE):
            raise Forbidden(view.__name__, (TE,))
        return view(request, *args, **kwargs)

    answer.roles = (TE,)  # type: ignore[attr-defined]
    return cast("View[P]", answer)


def me(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_GET
@technicians_only
def my_jobs(request: HttpRequest) -> HttpResponse:
    """现在, 接下来, 还在我手上."""
    found = queries.jobs(me(request))
    first = found[:1] if found and found[0].next.is_mine else []
    context = {
        "first": first, "later": found[len(first) :], "n": len(found), "bundles": copies_of_technician(me(request)),
        "sheets": queries.sheets(me(request)), "cash": queries.cash_in_hand(me(request)), "now": clock.now(),
    }  # fmt: skip
    alone = getattr(request, "htmx", False)
    return render(request, "field/_jobs.html" if alone else "field/jobs_page.html", context)


@require_GET
@technicians_only
def my_job(request: HttpRequest, number: str) -> HttpResponse:
    """One job of mine in four tabs; another's is absent."""
    job = _job(me(request), number)
    tab = request.GET.get("tab", "")
    return job_page(request, job, tab if tab in TABS else _first_tab(job))


def _job(user: User, number: str) -> queries.Job:
    ticket: Ticket = get_object_or_404(queries.own(user), number=number)
    rows = with_copies(slips(user)).filter(ticket=ticket, technician=user).exclude(state=SlipState.VOIDED)
    slip: Slip | None = rows.order_by("pk").last()
    if slip:
        slip.ticket = ticket
    return queries.job_of(ticket, slip, list(ticket.deadlines.open()))


def _first_tab(job: queries.Job) -> str:
    if job.slip is None or job.slip.state in {SlipState.ISSUED, SlipState.COLLECTED}:
        return "survey"
    to_list = job.slip.state == SlipState.ARRIVED and not job.slip.part_rows
    return "parts" if to_list and takes_parts(job.slip) else "sign"


def job_page(request: HttpRequest, job: queries.Job, tab: str, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The job with the forms of that tab; `forms` holds one that was refused."""
    context = {
        "job": job,
        "ticket": job.ticket,
        "slip": job.slip,
        "tab": tab,
        "page_url": _url(job, tab),
        **_tab(me(request), job, tab),
        **forms,
    }
    return render(request, "field/job_page.html", context, status=status)


def _url(job: queries.Job, tab: str) -> str:
    return f"/my/{job.ticket.number}/?tab={tab}"


def _tab(user: User, job: queries.Job, tab: str) -> dict[str, Any]:
    return {"survey": _survey_tab, "parts": _parts_tab, "photos": _photos_tab, "sign": _sign_tab}[tab](user, job)


def _survey_tab(user: User, job: queries.Job) -> dict[str, Any]:
    to_fill = job.ticket.state == State.ON_SITE
    quote = queries.quote_of(job.ticket)
    return {
        "quote": quote,
        "answers": queries.answers(job.ticket, user),
        "survey": job.ticket.surveys.select_related("by").last(),
        "survey_form": SurveyForm(record=job.ticket, by=user) if to_fill else None,
        "sheets": list(job.slip.copies.all()) if job.slip else [],
    }


def _parts_tab(user: User, job: queries.Job) -> dict[str, Any]:
    slip = job.slip
    open_ = slip is not None and takes_parts(slip) and slip.state in LISTING
    after = _url(job, "sign" if slip and slip.state == SlipState.ARRIVED else "parts")
    return {
        "form": PartsForm(record=slip, by=user) if open_ else None,
        "parts": slip.part_rows if slip else [],
        "after_parts": after,
    }


def _photos_tab(user: User, job: queries.Job) -> dict[str, Any]:
    rows = list(job.ticket.photos.order_by("at"))
    before = [photo for photo in rows if photo.kind != Photo.Kind.AFTER]
    return {
        "sides": [
            (_("修前"), before, PhotoForm(record=job.ticket, by=user, initial={"kind": Photo.Kind.BEFORE}, auto_id="before_%s")),
            (_("修后"), [photo for photo in rows if photo.kind == Photo.Kind.AFTER],
             PhotoForm(record=job.ticket, by=user, initial={"kind": Photo.Kind.AFTER}, auto_id="after_%s")),
        ]
    }  # fmt: skip


def _sign_tab(user: User, job: queries.Job) -> dict[str, Any]:
    slip = job.slip
    if slip is None:
        return {}
    finishing = slip.state == SlipState.ARRIVED
    missing = failing(slip, "finish") if finishing else []
    used = [part for part in slip.part_rows if not part.withdrawn]
    planned = not used and not slip.content_hash  # nothing is written down yet: what was quoted stands for it
    return {
        "lines": [line for line in slip.lines if not line.get("struck") and (line["kind"] != "material" or planned)],
        "used": used, "unused": [] if finishing else slip.unlisted_materials,
        "finish_form": FinishForm(record=slip, by=user) if finishing else None,
        "blockers": [str(guard.sentence) for guard in missing], "parts_first": any(guard in OF_PARTS for guard in missing),
        "sign_form": SignForm(record=slip, by=user) if signs_here(slip, user) else None,
        "owed": queries.to_pay(slip) if slip.state in {SlipState.ARRIVED, SlipState.FINISHED} else job.ticket.balance,
        "collectable": queries.may_collect(job.ticket),
    }  # fmt: skip


def signs_here(slip: Slip, user: User) -> bool:
    """Is it the customer's turn to sign on this phone?"""
    turn = slip.state == SlipState.FINISHED and not slip.refused_because
    return turn and turns.is_needed(slip, "customer_signs", user)


class MySign(StepView):
    """完成：签字并收款: the customer accepts (or signs 不合格), and a small sum is taken, in one transaction."""

    step = "accept"
    form_class = SignForm

    def get_record(self, **kwargs: Any) -> Slip:
        if not self.by.may(TE):
            raise Forbidden("my_sign", (TE,))
        slip = _job(self.by, kwargs["number"]).slip
        if slip is None:
            raise Http404
        return slip

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        pay, amount = facts.pop("pay", DESK), facts.pop("amount", None)
        method, reference = facts.pop("method", ""), facts.pop("reference", "")
        if facts["opinion"] == Slip.Opinion.FAILED:
            facts.pop("opinion")
            acceptance.reject(record, by=self.by, **facts)
            return None
        billing.accept_slip(record, by=self.by, **facts)
        if pay not in {CASH, SCAN} or not amount:
            return False
        how = "cash" if pay == CASH else method
        return till.receive(
            record.ticket, by=self.by, amount=amount, method=how, payer=facts["name"], reference=reference
        )

    def refuse(self, record: Slip, form: Any, trouble: Exception) -> HttpResponse:
        # The money was refused after the slip had been accepted in memory: what counts is what the database kept.
        record.refresh_from_db()
        return super().refuse(record, form, trouble)

    def title_of_step(self) -> str:
        return label_of(Slip, self.step)

    def confirmation(self, record: Slip, result: Any) -> str:
        if result is None:
            return _("已记录不合格，继续修")
        if not result:
            return _("客户已验收")
        receipt = result.receipts.first()
        if receipt is None:
            return _("已验收，现金 %(sum)s 记在您名下") % {"sum": shown(result.amount)}
        facts = {
            "sum": shown(result.amount),
            "how": result.get_method_display(),
            "number": printed_number(receipt.number),
        }
        return _("已验收，%(how)s已收 %(sum)s，收据 %(number)s") % facts

    def success_url(self, record: Any) -> str:
        return "/my/"

    def show(self, record: Slip, form: Any, *, status: int = 200, **kwargs: Any) -> HttpResponse:
        job = _job(self.by, record.ticket.number)
        return job_page(self.request, job, "sign", status=status, sign_form=form, refused=kwargs.get("refused"))


@require_GET
@technicians_only
def my_copies(request: HttpRequest) -> HttpResponse:
    """The sheets I hold and when they are due; a number or code leads to its sheet."""
    code, sentence = request.GET.get("code", "").strip(), ""
    if code:
        try:
            found = scanned(me(request), code)
            return redirect("copy_scan", (found.copy or found.slip.copies.all()[0]).code)
        except Refusal as refusal:
            sentence = refusal.sentence
    context = {"bundles": copies_of_technician(me(request)), "code": code, "sentence": sentence}
    return render(request, "field/copies_page.html", context)


@require_GET
@technicians_only
def my_cash(request: HttpRequest) -> HttpResponse:
    """The money I took and have not handed over (3.1, 5.2.2-1a)."""
    return render(request, "field/cash_page.html", {"cash": queries.cash_in_hand(me(request)), "now": clock.now()})
