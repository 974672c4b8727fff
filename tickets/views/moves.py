"""The steps of a ticket, each with its form and its action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.templatetags.words import moment
from places.queries import printed_number
from tickets import actions, appointments, photos, urgency
from tickets.forms import ToldForm
from tickets.forms import moves as forms
from tickets.models import Photo, Ticket
from tickets.queries import hour
from tickets.steps import TicketStep


class NotifyEngineering(TicketStep):
    step = "notify_engineering"
    form_class = forms.NotifyForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.notify_engineering(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已通知%(who)s") % {"who": record.technician or record.team}


class Reassign(TicketStep):
    step = "reassign"
    form_class = forms.ReassignForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.reassign(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已改派给%(who)s") % {"who": record.technician}


class JudgeByDescription(TicketStep):
    step = "judge_by_description"
    said = gettext_lazy("已按描述判定为有偿：%(number)s")
    form_class = forms.JudgeForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.judge_by_description(record, by=self.by, **facts)


class Arrive(TicketStep):
    step = "arrive"
    form_class = ToldForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.arrive(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已记录到场 %(time)s") % {"time": hour(record.on_site_at or clock.now())}


class PhotoStep(TicketStep):
    """A step whose photos are kept beside it, in the same transaction."""

    kind = Photo.Kind.BEFORE

    def keeping(self, record: Ticket, facts: dict[str, Any], action: Callable[..., Any]) -> None:
        """Take the step with its photos beside it; refused, it leaves no file behind, as it leaves no row."""
        kept = photos.keep(record, facts.pop("photos", []), by=self.by, kind=self.kind, at=clock.now())
        try:
            action(record, by=self.by, **facts)
        except BaseException:
            photos.forget(str(photo.file) for photo in kept)
            raise


class RecordAbsence(PhotoStep):
    step = "record_absence"
    said = gettext_lazy("已记客户不在：%(number)s")
    form_class = forms.AbsenceForm
    kind = Photo.Kind.DOOR

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        self.keeping(record, facts, appointments.record_absence)


class MakeSafe(TicketStep):
    step = "make_safe"
    said = gettext_lazy("已记应急处置：%(number)s")
    form_class = forms.SafeForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.make_safe(record, by=self.by, **facts)


class Survey(PhotoStep):
    step = "survey"
    form_class = forms.SurveyForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        self.keeping(record, facts, actions.survey)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已核实：%(nature)s") % {"nature": record.get_nature_display()}


class SetAppointment(TicketStep):
    step = "set_appointment"
    form_class = forms.AppointmentForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        appointments.set_appointment(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        starts, ends = record.window_from or clock.now(), record.window_to or clock.now()
        return _("已定预约 %(from)s–%(to)s") % {"from": moment(starts), "to": hour(ends)}


class MoveAppointment(TicketStep):
    step = "move_appointment"
    form_class = forms.MoveForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        appointments.move_appointment(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        starts, ends = record.window_from or clock.now(), record.window_to or clock.now()
        return _("已改约到 %(from)s–%(to)s") % {"from": moment(starts), "to": hour(ends)}


class RaiseUrgency(TicketStep):
    step = "raise_urgency"
    form_class = forms.UrgencyForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        urgency.raise_urgency(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        facts = {"urgency": record.get_urgency_display(), "number": printed_number(record.number)}
        return _("已改为%(urgency)s：%(number)s") % facts


class Urge(TicketStep):
    step = "urge"
    form_class = forms.UrgeForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.urge(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已记录催单，第 %(n)s 次") % {"n": record.urged}


class Note(TicketStep):
    step = "note"
    said = gettext_lazy("已记一笔：%(number)s")
    form_class = forms.NoteForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.note(record, by=self.by, **facts)


class AddPhoto(TicketStep):
    """Photos of a repair: no step of its life, allowed in every state."""

    step = "add_photo"
    form_class = forms.PhotoForm

    def check(self, record: Ticket) -> None:
        photos.may_add(record, self.by)

    def title_of_step(self) -> str:
        return _("添加照片")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return photos.add_photo(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: list[Photo]) -> str:
        return _("已添加 %(n)s 张照片") % {"n": len(result)}
