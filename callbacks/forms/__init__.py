"""Forms of calls, corrections and complaints."""

from callbacks.forms.calls import MARK_FIELDS, AssignForm, CallSheetForm, CorrectForm, CorrectionForm, WithdrawForm
from callbacks.forms.complaints import (
    AnswerForm,
    ComplaintForm,
    ContentForm,
    NotContentForm,
    OnTicketForm,
)

__all__ = [
    "MARK_FIELDS", "AnswerForm", "AssignForm", "CallSheetForm", "ComplaintForm", "ContentForm", "CorrectForm", "CorrectionForm", "NotContentForm",
    "OnTicketForm", "WithdrawForm",
]  # fmt: skip
