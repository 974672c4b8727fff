"""Where the steps of money live: the address is named like the step."""

from django.urls import path

from billing.views import approvals, claims, lookups, money, papers, prints, quotes

ON_TICKET = [
    quotes.OfferQuote,
    quotes.AcceptQuote,
    quotes.KeepOldQuote,
    quotes.DeclineQuote,
    quotes.OfferRevision,
    quotes.AcceptRevision,
    quotes.RefuseRevision,
    quotes.Rejudge,
    quotes.Cancel,
    quotes.CancelOrder,
    papers.IssueSlip,
    papers.IssueAgreement,
    money.Receive,
    money.Waive,
    money.WaiveAsk,
    claims.DraftClaim,
]
ON_CLAIM = [
    claims.ReviseClaim,
    claims.SendClaim,
    claims.SettleClaim,
    claims.WaiveClaim,
    claims.WithdrawClaim,
    claims.AskClaim,
]
ON_SLIP = [papers.AcceptSlip, papers.Countersign, papers.ConfirmRefusal, papers.ChangeBearer, papers.VoidSlip]

urlpatterns = [
    path("quote_lines/", lookups.find_quote_lines, name="find_quote_lines"),
    *[path(f"tickets/<str:number>/{view.step}/", view.as_view(), name=view.step) for view in ON_TICKET],
    path("agreements/<int:pk>/sign_agreement/", papers.SignAgreement.as_view(), name="sign_agreement"),
    path("agreements/<int:pk>/void_agreement/", papers.VoidAgreement.as_view(), name="void_agreement"),
    path("agreements/<int:pk>/print/", prints.PrintAgreement.as_view(), name="print_agreement"),
    path("payments/<int:pk>/reverse/", money.Reverse.as_view(), name="reverse"),
    path("payments/<int:pk>/reverse_ask/", money.ReverseAsk.as_view(), name="reverse_ask"),
    path("approvals/<int:pk>/approve/", approvals.Approve.as_view(), name="approval_approve"),
    path("approvals/<int:pk>/refuse/", approvals.Refuse.as_view(), name="approval_refuse"),
    path("approvals/<int:pk>/withdraw/", approvals.Withdraw.as_view(), name="approval_withdraw"),
    path("payments/<int:pk>/void_receipt/", money.VoidReceipt.as_view(), name="void_receipt"),
    path("receipts/<str:number>/print/", prints.PrintReceipt.as_view(), name="print_receipt"),
    *[path(f"claims/<str:number>/{view.step}/", view.as_view(), name=f"claim_{view.step}") for view in ON_CLAIM],
    path("claims/<str:number>/print/", claims.PrintClaim.as_view(), name="print_claim"),
    *[path(f"slips/<str:number>/{view.step}/", view.as_view(), name=f"slip_{view.step}") for view in ON_SLIP],
]
