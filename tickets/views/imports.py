"""A spreadsheet of defects: shown first, row by row, then brought in as drafts (screens 5.11: dry run)."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from core.refusals import Refusal
from people.models import User
from places.models import Community
from places.roster.sheets import Unreadable
from tickets.forms.shared import speak
from tickets.handover import INSPECTORS
from tickets.inspections.importing import Plan, bring_in, drop, hold, plan
from tickets.models import DefectFile
from tickets.views.handover import inspector

SHOWN = 200


class FileForm(forms.Form):
    """Which community, which file. `by` inspects there."""

    community = forms.ModelChoiceField(label=gettext_lazy("小区"), queryset=Community.objects.none(), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        help_text=gettext_lazy(".xlsx 或 .csv，列：楼栋、单元、房号、部位、部件、问题、紧急程度；顺序不限"),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = by.communities_as(*INSPECTORS)
        rows = Community.objects.all()
        self.fields["community"].queryset = rows if places is None else rows.filter(pk__in=places)  # type: ignore[attr-defined]
        speak(self)


class ImportInspections(View):
    """GET: which file. POST with a file: what it would bring. POST with `held`: bring it in, all or nothing."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.ask(request, FileForm(by=inspector(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        by = inspector(request)
        if request.POST.get("held"):
            return self.bring(request, by)
        form = FileForm(request.POST, request.FILES, by=by)
        if not form.is_valid():
            return self.ask(request, form, status=422)
        file: UploadedFile[Any] = form.cleaned_data["file"]
        try:
            made = plan(file, form.cleaned_data["community"], name=file.name or "")  # type: ignore[arg-type]
        except Unreadable as unreadable:
            form.add_error("file", unreadable.sentence)
            return self.ask(request, form, status=422)
        held = hold(file, made.community, by=by, name=file.name or "")  # type: ignore[arg-type]
        return self.show(request, made, held)

    def bring(self, request: HttpRequest, by: User) -> HttpResponse:
        pk = request.POST["held"]
        held = get_object_or_404(
            DefectFile.objects.select_related("community"), pk=pk if pk.isdecimal() and len(pk) < 19 else 0, by=by
        )
        with held.file.open("rb") as file:
            made = plan(cast(BinaryIO, file), held.community, name=held.name)
        try:
            bring_in(made, by=by)
        except Refusal as refusal:
            return self.show(request, made, held, sentence=refusal.sentence, status=409)
        drop(held)
        return redirect(f"{reverse('inspections')}?state=draft")

    def ask(self, request: HttpRequest, form: FileForm, *, status: int = 200) -> HttpResponse:
        return render(
            request, "tickets/import_inspections_page.html", {"form": form, "title": _("导入验房问题")}, status=status
        )

    def show(
        self, request: HttpRequest, made: Plan, held: DefectFile, *, sentence: str = "", status: int = 200
    ) -> HttpResponse:
        context = {
            "plan": made, "held": held, "sentence": sentence, "refused": made.refused[:SHOWN], "homes": made.homes[:SHOWN],
            "more": max(0, len(made.homes) - SHOWN), "marked": [row for home in made.homes for row in home.rows if row.note][:SHOWN],
        }  # fmt: skip
        return render(request, "tickets/import_inspections_plan_page.html", context, status=status)
