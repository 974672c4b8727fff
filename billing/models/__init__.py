"""Money of a repair: quote, agreement, charge, payment, receipt. Yuan with two places; nothing is deleted."""

from billing.models.approvals import Approval
from billing.models.claims import Claim
from billing.models.money import STANDING, Adjustment, CashHandover, Charge, Payment, PaymentQuerySet, Receipt
from billing.models.quotes import Agreement, OnTicket, Quote, QuoteLine

__all__ = [
    "STANDING",
    "Adjustment",
    "Agreement",
    "Approval",
    "CashHandover",
    "Charge",
    "Claim",
    "OnTicket",
    "Payment",
    "PaymentQuerySet",
    "Quote",
    "QuoteLine",
    "Receipt",
]
