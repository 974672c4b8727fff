"""What goes out with a job: the slip, its parts, its three copies and who holds them, its signatures."""

from workorders.models.copies import Copy, CopyQuerySet, Handover, Holder
from workorders.models.letters import FollowUp, Notice, NoticeQuerySet, NoticeReminder, Referral
from workorders.models.slip import Part, Signature, Slip, SlipQuerySet

__all__ = [
    "Copy",
    "CopyQuerySet",
    "FollowUp",
    "Handover",
    "Holder",
    "Notice",
    "NoticeQuerySet",
    "NoticeReminder",
    "Part",
    "Referral",
    "Signature",
    "Slip",
    "SlipQuerySet",
]
