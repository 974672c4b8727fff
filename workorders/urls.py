"""Where the steps of a slip, its prints and the closing of a ticket live."""

from django.urls import path

from workorders.views import slips
from workorders.views.prints import PrintSlip

STEPS = [
    slips.Collect, slips.HandOut, slips.Arrive, slips.Leave, slips.Reassign, slips.ListParts, slips.Finish, slips.Unfinish, slips.Reject,
    slips.TakeIn, slips.Keep, slips.DeclareLost, slips.ApproveLost, slips.Undo,
]  # fmt: skip

urlpatterns = [
    *(path(f"slips/<str:number>/{view.step}/", view.as_view(), name=f"slip_{view.step}") for view in STEPS),
    path("slips/<str:number>/print/", PrintSlip.as_view(), name="print_slip"),
    path("tickets/<str:number>/close/", slips.Close.as_view(), name="close"),
]
