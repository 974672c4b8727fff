"""The words of a repair request: states, natures, degrees of urgency."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a repair request is."""

    REPORTED = "reported", _("待通知")
    NOTIFIED = "notified", _("待到场")
    ON_SITE = "on_site", _("已到场")
    SURVEYED = "surveyed", _("已核实")
    QUOTED = "quoted", _("待客户答复")
    ACCEPTED = "accepted", _("已认可报价")
    PREPAID = "prepaid", _("已预付")
    ORDERED = "ordered", _("维修中")
    COMPLETED = "completed", _("待回访")
    CALLED_BACK = "called_back", _("待归档")
    CLOSED = "closed", _("已归档")
    CANCELLED = "cancelled", _("已消单")
    DECLINED = "declined", pgettext_lazy("state", "客户不修")
    MERGED = "merged", _("已合并")
    REFERRED = "referred", _("已转报")


FINAL = (State.CLOSED, State.CANCELLED, State.DECLINED, State.MERGED)
BEFORE_ORDER = [
    State.REPORTED,
    State.NOTIFIED,
    State.ON_SITE,
    State.SURVEYED,
    State.QUOTED,
    State.ACCEPTED,
    State.PREPAID,
]
# Nothing was promised or priced yet: still to be found the same fault as another.
FRESH = [State.REPORTED, State.NOTIFIED, State.ON_SITE, State.SURVEYED]
PRICED = [State.SURVEYED, State.QUOTED, State.ACCEPTED, State.PREPAID]
UNDERWAY = [*BEFORE_ORDER, State.ORDERED]
OPEN = [*UNDERWAY, State.COMPLETED, State.CALLED_BACK, State.REFERRED]


class Nature(models.TextChoices):
    """Who pays and why (SOP 5.2)."""

    PAID_HOME = "paid_home", _("有偿家庭报修")
    WARRANTY_HOME = "warranty_home", _("质保维修")
    PAID_PUBLIC = "paid_public", _("公共有偿")
    WARRANTY_PUBLIC = "warranty_public", _("公共质保")
    MUNICIPAL = "municipal", _("市政")
    UNDETERMINED = "undetermined", _("待定")


HOME_NATURES = (Nature.PAID_HOME, Nature.WARRANTY_HOME)
PUBLIC_NATURES = (Nature.PAID_PUBLIC, Nature.WARRANTY_PUBLIC)
WARRANTY_NATURES = (Nature.WARRANTY_HOME, Nature.WARRANTY_PUBLIC)


def kind_of_slip(nature: str, *, taken_over: bool) -> str:
    """dispatch, warranty or facility: in warranty the builder's slip unless own people took over; else by place."""
    if nature in WARRANTY_NATURES and not taken_over:
        return "warranty"
    if nature in PUBLIC_NATURES:
        return "facility"
    return "dispatch" if nature in HOME_NATURES else ""


class Urgency(models.TextChoices):
    """Three degrees (SOP 5.4): by appointment, 30 minutes, 30 minutes and before night."""

    ROUTINE = "routine", _("一般")
    PROMPT = "prompt", _("急需")
    URGENT = "urgent", _("急修")


class Rework(models.TextChoices):
    """Whether a new call is the fault of an earlier repair, as a supervisor judged (SOP 2-1)."""

    CONFIRMED = "confirmed", _("已确认返修")
    REFUSED = "refused", _("不算返修")
