"""收费与交款: who owes, what is awaited, what technicians hold, what came in today; and the handover of their cash (3.1, A.7)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_GET, require_http_methods

from billing import till
from billing.forms import HandOverForm
from billing.models import CashHandover, Payment
from billing.queries import LONGEST, accounts, by_paper, in_hand, purses, takings, to_give_back
from core import clock, once
from core.money import ZERO, shown
from core.refusals import Forbidden, Refusal
from desk.private import in_address
from desk.roles import only_for, person
from desk.way import main_move
from people.models import User
from people.queries import holders
from people.roles import FD, FI, MG, SS, TE
from places.queries import printed_number
from tickets.models import Event

READERS = (FD, SS, MG, FI)
TAKERS = (FD, SS)


@require_GET
@only_for(*READERS)
def cash(request: HttpRequest) -> HttpResponse:
    """The page, or its body (?part=body) when the pulse says that something changed; ?q= narrows who owes."""
    part = request.GET.get("part") == "body"
    context = body(request, typed(request))
    return render(request, "desk/_cash_body.html" if part else "desk/cash_page.html", context)


def typed(request: HttpRequest) -> str:
    sent = request.POST if request.method == "POST" else request.GET
    return sent.get("q", "").replace("\x00", "").strip()[:LONGEST]


def body(request: HttpRequest, q: str) -> dict[str, Any]:
    user, now = person(request), clock.now()
    found = accounts(user, q)
    back = to_give_back(found.back)
    return {
        "q": q,
        "accounts": found,
        "beforehand": [{"ticket": ticket, "move": main_move(ticket, user)} for ticket in found.beforehand],
        "back": [{"ticket": ticket, "payments": back.get(ticket.pk, [])} for ticket in found.back],
        "purses": [{"purse": purse, "late": purse.is_late(now)} for purse in purses(user)],
        "takings": takings(user, clock.today(now)),
        "takes": user.may(*TAKERS) and user.till,
        "reverses": user.may(SS),
        "desk": user.may(*TAKERS),
        "next": f"?{urlencode({'next': reverse('cash')})}",
        "part_url": f"{reverse('cash')}?part=body" + (f"&q={quote(in_address(request, q))}" if q else ""),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@only_for(*TAKERS)
def cash_receive(request: HttpRequest) -> HttpResponse:
    """From a number, a room or a name to its payment; several that fit are listed, none is said. The form posts what is typed."""
    user, q = person(request), typed(request)
    ticket = by_paper(user, q)
    if ticket is None and q:
        found = accounts(user, q)
        owing = [*found.due, *found.beforehand, *found.later]
        if len(owing) > 1:
            return redirect(f"{reverse('cash')}?{urlencode({'q': in_address(request, q)})}")
        ticket = owing[0] if owing else None
    if ticket is None:
        sentence = (
            _("没有找到“%(q)s”。输入报修号、单号、收据号，或欠款的房号、姓名。") % {"q": q}
            if q
            else _("输入单号或房号。")
        )
        return render(
            request, "desk/cash_page.html", {**body(request, ""), "typed": q, "sentence": sentence}, status=404
        )
    return redirect(f"{reverse('receive', args=[ticket.number])}?{urlencode({'next': reverse('cash')})}")


class CashHandOver(View):
    """A technician's cash, counted item by item by both; a POST takes it and gives each payer his receipt."""

    http_method_names = ["get", "post"]
    roles = TAKERS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.by = person(request)
        if not self.by.may(*TAKERS):
            raise Forbidden("hand_over", TAKERS)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        technician = self.technician(pk)
        if number := request.GET.get("done", ""):
            return self.show_done(technician, number)
        form = HandOverForm(rows=self.rows(technician), initial={"payments": [row.pk for row in self.rows(technician)]})
        return self.show(technician, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        technician, key = self.technician(pk), once.key_of(request)
        if key and (handover := self.repeated(key)):
            return self.on_to(handover)
        form = HandOverForm(request.POST, rows=self.rows(technician))
        if not form.is_valid():
            return self.show(technician, form, status=422)
        payments, counted = list(form.cleaned_data["payments"]), form.cleaned_data["counted"]
        try:
            with once.offered(key), transaction.atomic():
                taken = till.hand_over_cash(technician=technician, payments=payments, counted=counted, by=self.by)
        except Refusal as refusal:
            if key and (handover := self.repeated(key)):
                return self.on_to(handover)
            form.add_error(None, refusal.sentence)
            return self.show(technician, form, status=409)
        return self.on_to(taken)

    def technician(self, pk: int) -> User:
        """A technician of one's own community, or whoever holds cash there; else 404."""
        places = self.by.communities
        people = User.objects.filter(pk=pk)
        found: User = get_object_or_404(people)
        mine = places is None or any(holders(TE, within=place).filter(pk=pk).exists() for place in places)
        if not mine and not self.rows(found).exists():
            return get_object_or_404(people.none())
        return found

    def rows(self, technician: User) -> QuerySet[Payment]:
        """What he holds in the communities where this person takes money."""
        return in_hand(self.by).filter(received_by=technician)

    def repeated(self, key: once.Key) -> CashHandover | None:
        """What the first press of this button came to."""
        event = Event.objects.filter(once=key.value).first()
        if event is None:
            return None
        if event.body != key.body:
            raise Refusal(_("这张表单已用别的内容提交过。刷新后重新填写。"))
        payment = Payment.objects.select_related("handover").get(pk=event.facts["payment"])
        taken: CashHandover | None = payment.handover
        return taken

    def on_to(self, handover: CashHandover) -> HttpResponse:
        return redirect(f"{reverse('cash_handover', args=[handover.technician_id])}?done={handover.number}")

    def show(self, technician: User, form: HandOverForm, *, status: int = 200) -> HttpResponse:
        rows = list(self.rows(technician))
        ticked = {str(value) for value in form["payments"].value() or []}
        context = {
            "technician": technician,
            "form": form,
            "rows": [{"payment": row, "ticked": str(row.pk) in ticked} for row in rows],
            "total": sum((row.amount for row in rows), ZERO),
            "late": bool(rows) and clock.now() - rows[0].received_at > till.ROUND_THE_CLOCK,
            "action_url": self.request.path,
        }
        return render(self.request, "desk/cash_handover_page.html", context, status=status)

    def show_done(self, technician: User, number: str) -> HttpResponse:
        handovers = CashHandover.objects.visible_to(self.by).select_related("technician", "taken_by")
        handover = get_object_or_404(handovers, number=number[:30], technician=technician)
        payments = handover.payments.select_related("ticket__unit", "ticket__area").prefetch_related("receipts")
        context = {
            "handover": handover,
            "payments": payments,
            "sentence": _("%(who)s交 %(sum)s，交款单 %(number)s")
            % {"who": technician.name, "sum": shown(handover.amount), "number": printed_number(handover.number)},
            "rest": self.rows(technician).count(),
        }
        return render(self.request, "desk/cash_handed_page.html", context)
