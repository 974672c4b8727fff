"""What goes out with a job: the slip, its parts, its three copies and who holds them, its signatures."""

from workorders.models.copies import Copy, CopyQuerySet, Handover, Holder
from workorders.models.slip import Part, Signature, Slip, SlipQuerySet

__all__ = ["Copy", "CopyQuerySet", "Handover", "Holder", "Part", "Signature", "Slip", "SlipQuerySet"]
