"""The words of a slip: where it is, which paper it is, who bears its cost."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SlipState(models.TextChoices):
    """Where a slip is."""

    ISSUED = "issued", _("待领单")
    COLLECTED = "collected", _("已领单")
    ARRIVED = "arrived", _("在修")
    FINISHED = "finished", _("待验收")
    ACCEPTED = "accepted", _("已验收")
    RETURNED = "returned", _("已返单")
    FILED = "filed", _("已存档")
    VOIDED = "voided", _("已作废")


class Kind(models.TextChoices):
    """Which paper goes out: kind follows nature and performer (lives.md §4)."""

    DISPATCH = "dispatch", _("维修派工单")
    WARRANTY = "warranty", _("维保单")
    FACILITY = "facility", _("公共设施设备安装/维修单")


OPEN_SLIP = [SlipState.ISSUED, SlipState.COLLECTED, SlipState.ARRIVED, SlipState.FINISHED]
LISTING = [SlipState.ISSUED, SlipState.COLLECTED, SlipState.ARRIVED]  # parts may still be listed
DONE_SLIP = [SlipState.ACCEPTED, SlipState.RETURNED, SlipState.FILED]


class Bearer(models.TextChoices):
    """Who bears the cost 费用承担 (A.4)."""

    COMPANY = "company", _("公司")
    FUND = "fund", _("专项维修资金")
    INCOME = "income", _("公共收益")
    OWNERS = "owners", _("业主分摊")
    LIABLE = "liable", _("责任人")
    BUILDER = "builder", _("原施工单位")
    INSURER = "insurer", _("保险")
