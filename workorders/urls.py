"""Where the steps of a slip, its prints and the closing of a ticket live."""

from django.urls import path

from workorders.views import issuing, notices, papers, referrals, slips, urgency
from workorders.views.prints import PrintSlip

STEPS = [
    slips.Collect, slips.HandOut, slips.Arrive, slips.Leave, slips.Reassign, slips.ListParts, slips.Finish, slips.Unfinish, slips.Reject,
    slips.RefuseToSign, slips.TakeIn, slips.Keep, slips.DeclareLost, slips.ApproveLost, slips.Undo,
]  # fmt: skip
ISSUES = [issuing.IssueWarrantySlip, issuing.IssueFacilitySlip]
LESS_URGENT = [urgency.LowerUrgency, urgency.CustomerAsksToWait]
ON_TICKET = [
    notices.NotifyBuilder, notices.TakeOver, referrals.Refer, referrals.FollowUpStep, referrals.ConfirmRestored, referrals.TakeBack,
    *LESS_URGENT,
]  # fmt: skip
ON_NOTICE = [notices.Acknowledge, notices.Agree, notices.Refuse, notices.Remind, notices.ConfirmWritten]

urlpatterns = [
    *(path(f"tickets/<str:number>/{view.step}/", view.as_view(), name=view.step) for view in ON_TICKET),
    *(path(f"notices/<str:number>/{view.step}/", view.as_view(), name=f"notice_{view.step}") for view in ON_NOTICE),
    *(path(f"slips/<str:number>/{view.step}/", view.as_view(), name=f"slip_{view.step}") for view in STEPS),
    *(path(f"tickets/<str:number>/{view.step}/", view.as_view(), name=view.step) for view in ISSUES),
    path("notices/<str:number>/print/", papers.PrintNotice.as_view(), name="print_notice"),
    path("referrals/<str:number>/print/", papers.PrintReferral.as_view(), name="print_referral"),
    path("slips/<str:number>/copies/<int:copy>/print/", papers.PrintCopy.as_view(), name="print_copy"),
    path("slips/<str:number>/print/", PrintSlip.as_view(), name="print_slip"),
    path("tickets/<str:number>/close/", slips.Close.as_view(), name="close"),
]
