"""The steps of a slip that move no charge: /slips/<number>/<step>/; issue, accept and void are entered with the money."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.refusals import Forbidden
from core.text import listed
from people.roles import ES, FD, SS, TE, Role
from places.queries import printed_number
from tickets.conditions import owes
from tickets.forms import StepForm
from tickets.models import Ticket
from tickets.queries import hour
from tickets.steps import MakesPaper, StepView, TicketStep, label_of
from workorders import acceptance, actions, custody
from workorders.custody import ORDINAL
from workorders.forms import moves, parts, signing
from workorders.models import Slip
from workorders.queries import failing, slips, with_copies

PHONE = "/my/"


class OnPhone(StepView):
    """A step that may come from the phone and is then answered in the phone's frame; its context holds slip, body, draft."""

    phone_template: ClassVar[str] = "workorders/phone_step_page.html"

    def on_phone(self) -> bool:
        wanted = self.request.GET.get("next") or self.request.POST.get("next", "")
        return wanted.startswith(PHONE)

    def show(self, *args: Any, **kwargs: Any) -> Any:
        if self.on_phone():
            self.template = self.phone_template  # type: ignore[misc]
        return super().show(*args, **kwargs)


class SlipStep(OnPhone):
    """A step of a slip."""

    template = "workorders/step_page.html"
    fragment = "workorders/_step_form.html"
    body: ClassVar[str] = "workorders/_fields.html"
    long: ClassVar[bool] = False

    def get_record(self, **kwargs: Any) -> Slip:
        slip: Slip = get_object_or_404(with_copies(slips(self.by)), number=kwargs["number"])
        return slip

    def title(self, record: Slip) -> str:
        return self.title_of_step()

    def title_of_step(self) -> str:
        return label_of(Slip, self.step)

    def context(self, record: Slip, form: StepForm) -> dict[str, Any]:
        draft = f"slip-{record.pk}-{self.step}" if self.long else ""
        return {
            "slip": record, "phone": self.on_phone(), "body": self.body, "draft": draft,
            "blockers": [str(guard.sentence) for guard in failing(record, self.step)], "explained": self.explained(record),
        }  # fmt: skip

    def explained(self, record: Slip) -> str:
        """What will happen, where a form asks nothing."""
        return ""


class Collect(SlipStep):
    """5.5.1-4."""

    step = "collect"
    form_class = moves.CollectForm

    def explained(self, record: Slip) -> str:
        return _("三联一起交给%(who)s。") % {"who": record.performer}

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        actions.collect(record, by=self.by, **facts)

    def confirmation(self, record: Slip, result: Any) -> str:
        return _("三联已交%(who)s") % {"who": record.performer}


class Arrive(SlipStep):
    """5.5.1-4."""

    step = "arrive"
    form_class = moves.ArriveForm

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        actions.arrive(record, by=self.by, **facts)

    def confirmation(self, record: Slip, result: Any) -> str:
        return _("已记录到场 %(time)s") % {"time": hour(record.arrived_at or clock.now())}


class Leave(SlipStep):
    """G3."""

    step = "leave"
    said = gettext_lazy("已记离场，未完：%(number)s")
    form_class = moves.LeaveForm

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        actions.leave(record, by=self.by, **facts)


class Reassign(SlipStep):
    """Another technician midway."""

    step = "reassign"
    form_class = moves.ReassignForm

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        actions.reassign(record, by=self.by, **facts)

    def confirmation(self, record: Slip, result: Any) -> str:
        facts = {"who": record.technician.name, "number": printed_number(record.number)}
        return _("派工单已改派给%(who)s：%(number)s") % facts


class ListParts(SlipStep):
    """5.5.1-5, -6."""

    step = "list_parts"
    form_class = parts.PartsForm
    body = "workorders/_parts_fields.html"
    long = True

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        actions.list_parts(record, by=self.by, **facts)

    def confirmation(self, record: Slip, result: Any) -> str:
        return _("配件已记")


class Finish(SlipStep):
    """5.5.1-5, -6, -7."""

    step = "finish"
    said = gettext_lazy("已登记完工：%(number)s")
    form_class = signing.FinishForm
    body = "workorders/_signed_fields.html"
    long = True

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        actions.finish(record, by=self.by, **facts)


class Unfinish(SlipStep):
    """Before any acceptance, with a reason."""

    step = "unfinish"
    said = gettext_lazy("已退回完工：%(number)s")
    form_class = moves.UnfinishForm

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        acceptance.unfinish(record, by=self.by, **facts)


class Reject(SlipStep):
    """A.2: signed 不合格."""

    step = "reject"
    said = gettext_lazy("已记不合格，继续维修：%(number)s")
    form_class = signing.RejectForm
    body = "workorders/_signed_fields.html"
    long = True

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        acceptance.reject(record, by=self.by, **facts)


class RefuseToSign(SlipStep):
    """lives.md §4: why, and who was there; the service supervisor confirms it."""

    step = "refuse_to_sign"
    form_class = signing.RefusalForm

    def explained(self, record: Slip) -> str:
        return _("客服主管确认以后才算验收，并且必须回访。")

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        acceptance.refuse_to_sign(record, by=self.by, **facts)


class CopyStep(SlipStep):
    """A move of copies: no step of the slip's own life, so the roles stand here; whose copy it is, the action checks."""

    roles: ClassVar[tuple[Role, ...]] = (FD, SS)
    label: ClassVar[Any] = ""

    def check(self, record: Slip) -> None:
        mine = record.is_for(self.by) or any(copy.person_id == self.by.pk for copy in record.copies.all())
        roles = self.roles if mine else tuple(role for role in self.roles if role != TE)
        if not self.by.may(*roles, within=record.community_id):
            raise Forbidden(self.step, self.roles)

    def confirmation(self, record: Slip, result: list[int] | None) -> str:
        copies = listed(ORDINAL[number] for number in sorted(result or []))
        return str(self.said) % {"copies": copies, "number": printed_number(record.number)}

    def title_of_step(self) -> str:
        return str(self.label)


class HandOut(CopyStep):
    """The sheets follow a performer who is on site."""

    step = "hand_out"
    said = gettext_lazy("三联已发出：%(number)s")
    label = gettext_lazy("发出三联")

    def explained(self, record: Slip) -> str:
        return _("三联交%(who)s带到现场。") % {"who": record.performer}

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        actions.hand_out(record, by=self.by)


class TakeIn(CopyStep):
    """5.5.1-8."""

    step = "take_in"
    said = gettext_lazy("已收回%(copies)s：%(number)s")
    label = gettext_lazy("收回单据")
    form_class = moves.TakeInForm

    def act(self, record: Slip, facts: dict[str, Any]) -> list[int]:
        custody.take_in(record, by=self.by, **facts)
        return list(facts["copies"])


class Keep(CopyStep):
    """5.5.1-8: copy 3 until the 5th."""

    step = "keep"
    said = gettext_lazy("第三联已归工程部留存：%(number)s")
    label = gettext_lazy("第三联工程留存")
    roles = (TE, ES)

    def explained(self, record: Slip) -> str:
        return _("第三联由工程部留存，次月 5 日前交回前台。")

    def act(self, record: Slip, facts: dict[str, Any]) -> None:
        custody.keep(record, by=self.by)


class DeclareLost(CopyStep):
    """G8."""

    step = "declare_lost"
    said = gettext_lazy("已报失%(copies)s：%(number)s")
    label = gettext_lazy("报失")
    roles = (FD, SS, TE, ES)
    form_class = moves.DeclareLostForm

    def act(self, record: Slip, facts: dict[str, Any]) -> list[int]:
        custody.declare_lost(record, by=self.by, **facts)
        return [facts["number"]]


class ApproveLost(MakesPaper, CopyStep):
    """G8: by another; copy 3 engineering, copies 1 and 2 service."""

    step = "approve_lost"
    said = gettext_lazy("已核准%(copies)s遗失：%(number)s")
    label = gettext_lazy("核准遗失")
    roles = (SS, ES)
    form_class = moves.ApproveLostForm
    paper_label = gettext_lazy("打印补联")

    def paper_url(self, result: list[int]) -> str:
        return reverse("print_copy", args=[self.kwargs["number"], result[0]])

    def act(self, record: Slip, facts: dict[str, Any]) -> list[int]:
        custody.approve_lost(record, by=self.by, **facts)
        return [facts["number"]]


class Undo(CopyStep):
    """A wrong scan, within ten seconds, by the same person."""

    step = "undo"
    said = gettext_lazy("已撤回%(copies)s的扫码：%(number)s")
    label = gettext_lazy("撤回扫码")
    roles = (FD, SS, TE, ES)
    form_class = moves.UndoForm

    def act(self, record: Slip, facts: dict[str, Any]) -> list[int]:
        custody.undo(record, copy=record.copies.get(number=facts["number"]), by=self.by)
        return [facts["number"]]


class Close(TicketStep):
    """消单归档 (5.5.1-9): what is still owed is listed where the button would be."""

    step = "close"
    template = "workorders/close_page.html"
    fragment = "workorders/_close.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> None:
        actions.close(record, by=self.by)

    def title(self, record: Ticket) -> str:
        return self.title_of_step()

    def context(self, record: Ticket, form: StepForm) -> dict[str, Any]:
        return {"owed": owes(record), "slips": record.slips.exclude(state="voided")}

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已归档")
