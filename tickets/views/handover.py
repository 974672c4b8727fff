"""The sheet of a handover inspection on the screen (screens 5.2, bulk grid): opened, saved line by line, signed, registered."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, cast

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import once
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import DESK
from places.models import Unit
from places.queries import find_places, printed_number
from tickets import inspections, photos, prints
from tickets.forms.finding import UNIT, chosen_place, find_place
from tickets.forms.inspections import HandoverForm, rows_of
from tickets.handover import INSPECTORS
from tickets.inspections.reading import read_text
from tickets.inspections.showing import Sheet
from tickets.models import Event, Inspection, InspectionLine, LinePhoto, Ticket
from tickets.steps import StepView

BLANK = 3


def inspector(request: HttpRequest) -> User:
    """Who is signed in, if he inspects anywhere."""
    by = cast(User, request.user)
    if not by.may(*INSPECTORS):
        raise Forbidden("register", INSPECTORS)
    return by


def unit_of(by: User, pk: int) -> Unit:
    """The dwelling of the address, if this person inspects there; else 404, or 403 in his own community."""
    rows = Unit.objects.visible_to(by).select_related("entrance__building__community", "builder")
    unit: Unit = get_object_or_404(rows.prefetch_related("residents"), pk=pk)
    inspections.may_inspect(by, unit.community.pk)
    return unit


def draft_or_new(unit: Unit) -> Inspection:
    """The draft of the dwelling; an unsaved one, with its owner, while nobody has written a line."""
    found = inspections.draft_of(unit)
    if found is None:
        owner = unit.residents.first()
        head = {"reporter_name": owner.name, "relation": owner.relation, "phone": owner.phone} if owner else {}
        found = Inspection(community=unit.community, unit=unit, **head)
    found.unit = unit
    return found


@require_http_methods(["GET", "POST"])
def handover(request: HttpRequest) -> HttpResponse:
    """The sheet of ?unit= (an id, or what one types for a dwelling); without one the choice of a dwelling and the drafts begun.

    The choice is posted: what is typed may be a telephone number, and the address is to say the id alone.
    """
    by = inspector(request)
    asked = (request.POST if request.method == "POST" else request.GET).get("unit", "").replace("\x00", "").strip()[:60]
    found, sentence = dwelling(by, asked)
    if found and (request.method == "POST" or asked != str(found.pk)):
        return redirect(f"{reverse('handover')}?unit={found.pk}")
    if found:
        return sheet_page(request, unit_of(by, found.pk))
    rows = Inspection.objects.visible_to(by).drafts().filter(lines__removed_at=None).distinct().for_page()
    drafts = [(row, row.lines.filter(removed_at=None).count()) for row in rows[:12]]
    context = {"asked": asked, "sentence": sentence, "drafts": drafts, "may_single": by.may(*DESK)}
    return render(request, "tickets/handover_start_page.html", context, status=422 if sentence else 200)


def dwelling(by: User, asked: str) -> tuple[Unit | None, str]:
    """The dwelling of an id, or what was typed for it; else the sentence that says why there is none."""
    if not asked:
        return None, ""
    found = chosen_place(by, UNIT, asked)
    if found is None:
        units = find_places(by, asked).units
        found, sentence = (units[0], "") if len(units) == 1 else find_place(by, "", "", asked)
        if found is None:
            return None, sentence
    return (found, "") if isinstance(found, Unit) else (None, _("公共区域不验房，选一户住宅"))


def sheet_page(
    request: HttpRequest, unit: Unit, form: HandoverForm | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The grid with its head, its lines, some blank ones, and the place to sign."""
    by = cast(User, request.user)
    inspection = form.record if form else draft_or_new(unit)
    form = form or HandoverForm(record=inspection, by=by)
    sheet = Sheet(unit, inspection if inspection.pk else None)
    rows = more.pop("rows", None) or sheet.rows()
    last = max((row["position"] for row in rows), default=0)
    blank = [
        {
            "key": str(uuid.uuid4()),
            "seen": 0,
            "position": last + n,
            "room": "",
            "urgency": "routine",
            "warranty": "",
            "who": "",
        }
        for n in range(1, 1 + max(BLANK, 8 - len(rows)))
    ]
    answer = sheet.answer([], by=by, since=None)
    context = {
        "unit": unit, "inspection": inspection, "form": form, "rows": [*rows, *blank[: max(0, 60 - len(rows))]], "filled": len(rows),
        "spare": blank[0], "catalogue": sheet.catalogue(), "answer": answer, "may_single": by.may(*DESK, within=unit.community.pk),
        "earlier": unit.inspections.exclude(number=None), "urgencies": sheet.catalogue()["urgency"], "rooms": sheet.catalogue()["rooms"],
        "action_url": reverse("register_inspection", args=[unit.pk]), "status": status, **more,
    }  # fmt: skip
    return render(request, "tickets/handover_page.html", context, status=status)


# What the page says while somebody writes ------------------------------------------------


@require_http_methods(["GET", "POST"])
def handover_lines(request: HttpRequest, unit: int) -> HttpResponse:
    """POST: save head and lines as they were written, answer them as they stand. GET ?since=: what colleagues wrote meanwhile."""
    by, home = inspector(request), unit_of(cast(User, request.user), unit)
    found: list[Any] = []
    inspection = draft_or_new(home)
    if request.method == "POST":
        inspection, found = saved(by, home, request)
        if not getattr(request, "htmx", False):  # without a script: the page again, with more blank lines
            return redirect(f"{reverse('handover')}?unit={home.pk}")
    sheet = Sheet(home, inspection if inspection.pk else None)
    return JsonResponse(sheet.answer(found, by=by, since=since_of(request)))


def since_of(request: HttpRequest) -> dt.datetime | None:
    said = request.POST.get("since") or request.GET.get("since", "")
    try:
        moment = parse_datetime(said[:40])
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def saved(by: User, unit: Unit, request: HttpRequest) -> tuple[Inspection, list[Any]]:
    """Save what was posted of a sheet; the draft is begun with the first line."""
    rows = rows_of(request.POST)
    inspections.not_registered_yet(unit, [row.key for row in rows])
    inspection = draft_or_new(unit)
    if inspection._state.adding and all(row.is_blank for row in rows):
        return inspection, []
    inspection = inspections.open_draft(unit, by=by)
    inspection.unit = unit
    if "person" in request.POST:
        form = HandoverForm(request.POST, record=inspection, by=by)
        form.is_valid()
        inspections.save_head(inspection, by=by, **form.head())
    found = inspections.save_lines(inspection, by=by, lines=rows) if rows else []
    inspection.unit = unit
    return inspection, found


@require_POST
def handover_paste(request: HttpRequest, unit: int) -> JsonResponse:
    """Rows from a spreadsheet, tab separated, onto the sheet: understood by head, else by what stands in the columns."""
    by, home = inspector(request), unit_of(cast(User, request.user), unit)
    lines, note = read_text(request.POST.get("text", "")[:100_000])
    if not lines:
        raise Refusal(_("剪贴板里没有能认的行。从表格里选中几行再复制。"))
    inspection = inspections.open_draft(home, by=by)
    last = (
        inspection.lines.filter(removed_at=None).order_by("-position").values_list("position", flat=True).first() or 0.0
    )
    found = inspections.save_lines(
        inspection, by=by, lines=[line.as_written(last + n) for n, line in enumerate(lines, 1)]
    )
    answer = Sheet(home, inspection).answer(found, by=by, since=since_of(request))
    return JsonResponse({**answer, "note": note})


@require_POST
def handover_photos(request: HttpRequest, unit: int) -> HttpResponse:
    """Pictures of one line, sent by themselves so that the writing goes on."""
    by, home = inspector(request), unit_of(cast(User, request.user), unit)
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        raise Refusal(_("这一行不在这份验房里。")) from None
    try:
        pictures = [photos.read(file) for file in request.FILES.getlist("photos")[: photos.MOST_AT_ONCE]]
    except photos.NotAPhoto as refusal:
        return HttpResponse(refusal.sentence, status=refusal.status, content_type="text/plain; charset=utf-8")
    inspections.not_registered_yet(home, [key])
    inspection = inspections.open_draft(home, by=by)
    line = inspections.add_line_photos(inspection, by=by, key=key, pictures=pictures)
    return JsonResponse(Sheet(home, inspection).answer([line], by=by, since=since_of(request)))


@require_http_methods(["GET", "POST"])
def line_photo(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """A picture of a draft; POST throws it away."""
    by = inspector(request)
    drafts = Inspection.objects.visible_to(by)
    photo = get_object_or_404(
        LinePhoto.objects.filter(line__inspection__in=drafts).select_related("line__inspection"), pk=pk
    )
    inspections.may_inspect(by, photo.line.inspection.community_id)
    if request.method == "POST":
        inspections.remove_line_photo(photo.line.inspection, by=by, photo=photo)
        return HttpResponse(status=204)
    try:
        file = photo.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(file, content_type="image/jpeg", filename=f"{photo.pk}.jpg")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
def print_draft(request: HttpRequest, unit: int) -> HttpResponse:
    """The list of a draft to be signed by hand; it has no number and is kept nowhere."""
    by, home = inspector(request), unit_of(cast(User, request.user), unit)
    draft = inspections.draft_of(home)
    if draft is None or not draft.standing:
        raise Refusal(_("一项问题都没有，先记录问题。"))
    draft.unit = home
    answer = HttpResponse(prints.draft_list(draft, by=by), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="draft-{home.pk}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


class SheetStep(StepView):
    """A step of the draft of a dwelling: /tickets/new/handover/<unit>/<step>/."""

    def get_record(self, **kwargs: Any) -> Inspection:
        return draft_or_new(unit_of(inspector(self.request), kwargs["unit"]))

    def repeated(self, key: once.Key, record: Inspection) -> HttpResponse | None:
        """The second press leads to what the first one made."""
        event = Event.objects.filter(once=key.value).first()
        if event is None:
            return None
        made = Inspection.objects.visible_to(self.by).filter(pk=event.facts.get("inspection")).first()
        return redirect(made.get_absolute_url()) if made else None


class RegisterInspection(SheetStep):
    """What is on the page is saved, then all of it is registered, or nothing: 422 with every bad line named (5.3.3)."""

    step = "register"
    form_class = HandoverForm

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return redirect(f"{reverse('handover')}?unit={self.get_record(**kwargs).unit_id}")

    def form(self, record: Inspection, *data: Any) -> HandoverForm:
        """The lines are saved before anything is asked: whatever comes of the registration, nothing typed is lost."""
        if not data:
            return HandoverForm(record=record, by=self.by)
        unit = record.unit
        inspection, self.found = saved(self.by, unit, self.request)
        return HandoverForm(*data, record=inspection, by=self.by)

    def act(self, record: Inspection, facts: dict[str, Any]) -> Inspection:
        draft = inspections.draft_of(record.unit)
        if draft is None:
            raise Refusal(_("一项问题都没有，先记录问题。"))
        overtaken = [each for each in self.found if isinstance(each, inspections.Overtaken)]
        if overtaken:
            raise overtaken[0]
        shown = {
            line.key: line.version
            for line in self.found
            if isinstance(line, InspectionLine) and not line.removed_at and not line.is_blank
        }
        inspections.register(draft, by=self.by, shown=shown, **facts)
        return draft

    def show(self, record: Inspection, form: Any, **more: Any) -> HttpResponse:
        more.pop("blocked", None)
        sentences = more.pop("sentences", [])
        return sheet_page(self.request, record.unit, form, sentences=sentences, **more)

    def refuse(self, record: Inspection, form: Any, trouble: Exception) -> HttpResponse:
        if isinstance(trouble, inspections.BadLines):
            return self.show(record, form, status=422, sentences=trouble.sentences)
        return super().refuse(record, form, trouble)

    def done(self, record: Inspection, result: Inspection) -> HttpResponse:
        return self.leave_to(result.get_absolute_url(), self.confirmation(record, result))

    def confirmation(self, record: Inspection, result: Inspection) -> str:
        facts = {"number": printed_number(str(result.number)), "n": Ticket.objects.filter(inspection=result).count()}
        return _("已登记 %(number)s，%(n)s 项") % facts


class DiscardInspection(SheetStep):
    """Give the draft up."""

    step = "discard"

    def act(self, record: Inspection, facts: dict[str, Any]) -> None:
        if record._state.adding:
            raise Refusal(_("这一户没有验房草稿。"))
        inspections.discard(record, by=self.by)

    def title_of_step(self) -> str:
        return _("弃用草稿")

    def success_url(self, record: Inspection) -> str:
        return reverse("inspections")
