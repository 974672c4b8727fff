"""Forms of money: quotes and answers, turns, papers, payments."""

from billing.forms.money import (
    HandOverForm,
    ReasonForm,
    ReceiveForm,
    RefuseForm,
    VoidReceiptForm,
    WaiveAskForm,
    WaiveForm,
)
from billing.forms.papers import AcceptSlipForm, AgreementForm, IssueForm, SignAgreementForm, VoidSlipForm
from billing.forms.quotes import AnswerForm, DeclineForm, QuoteForm
from billing.forms.turns import CancelForm, RejudgeForm

__all__ = [
    "AcceptSlipForm",
    "AgreementForm",
    "AnswerForm",
    "CancelForm",
    "DeclineForm",
    "HandOverForm",
    "IssueForm",
    "QuoteForm",
    "ReasonForm",
    "ReceiveForm",
    "RefuseForm",
    "RejudgeForm",
    "SignAgreementForm",
    "VoidReceiptForm",
    "VoidSlipForm",
    "WaiveAskForm",
    "WaiveForm",
]
