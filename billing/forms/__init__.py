"""Forms of money: quotes and answers, turns, papers, payments."""

from billing.forms.money import ApprovedForm, HandOverForm, ReceiveForm, VoidReceiptForm
from billing.forms.papers import AcceptSlipForm, AgreementForm, IssueForm, SignAgreementForm, VoidSlipForm
from billing.forms.quotes import AnswerForm, DeclineForm, QuoteForm
from billing.forms.turns import CancelForm, RejudgeForm

__all__ = [
    "AcceptSlipForm",
    "AgreementForm",
    "AnswerForm",
    "ApprovedForm",
    "CancelForm",
    "DeclineForm",
    "HandOverForm",
    "IssueForm",
    "QuoteForm",
    "ReceiveForm",
    "RejudgeForm",
    "SignAgreementForm",
    "VoidReceiptForm",
    "VoidSlipForm",
]
