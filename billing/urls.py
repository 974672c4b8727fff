from django.urls import path

from billing import views

urlpatterns = [
    path("tickets/<str:number>/offer_quote/", views.OfferQuote.as_view(), name="offer_quote"),
    path("tickets/<str:number>/accept_quote/", views.AcceptQuote.as_view(), name="accept_quote"),
    path("tickets/<str:number>/keep_old_quote/", views.KeepOldQuote.as_view(), name="keep_old_quote"),
    path("tickets/<str:number>/decline_quote/", views.DeclineQuote.as_view(), name="decline_quote"),
    path("tickets/<str:number>/offer_revision/", views.OfferRevision.as_view(), name="offer_revision"),
    path("tickets/<str:number>/accept_revision/", views.AcceptRevision.as_view(), name="accept_revision"),
    path("tickets/<str:number>/refuse_revision/", views.RefuseRevision.as_view(), name="refuse_revision"),
    path("tickets/<str:number>/rejudge/", views.Rejudge.as_view(), name="rejudge"),
    path("tickets/<str:number>/cancel/", views.Cancel.as_view(), name="cancel"),
    path("tickets/<str:number>/cancel_order/", views.CancelOrder.as_view(), name="cancel_order"),
    path("tickets/<str:number>/issue_slip/", views.IssueSlip.as_view(), name="issue_slip"),
    path("tickets/<str:number>/issue_agreement/", views.IssueAgreement.as_view(), name="issue_agreement"),
    path("tickets/<str:number>/receive/", views.Receive.as_view(), name="receive"),
    path("tickets/<str:number>/waive/", views.Waive.as_view(), name="waive"),
    path("agreements/<int:pk>/sign_agreement/", views.SignAgreement.as_view(), name="sign_agreement"),
    path("agreements/<int:pk>/void_agreement/", views.VoidAgreement.as_view(), name="void_agreement"),
    path("agreements/<int:pk>/print/", views.print_agreement, name="print_agreement"),
    path("payments/<int:pk>/reverse/", views.Reverse.as_view(), name="reverse"),
    path("payments/<int:pk>/void_receipt/", views.VoidReceipt.as_view(), name="void_receipt"),
    path("receipts/<str:number>/print/", views.print_receipt, name="print_receipt"),
    path("slips/<str:number>/accept/", views.AcceptSlip.as_view(), name="slip_accept"),
    path("slips/<str:number>/void/", views.VoidSlip.as_view(), name="slip_void"),
]
