"""What people answer, what is put right, and what they complain of."""

from callbacks.models.answers import PERSON, Attempt, Callback, CallbackQuerySet, Correction, GroupMessage
from callbacks.models.complaints import Complaint, ComplaintQuerySet

__all__ = [
    "PERSON",
    "Attempt",
    "Callback",
    "CallbackQuerySet",
    "Complaint",
    "ComplaintQuerySet",
    "Correction",
    "GroupMessage",
]
