"""Where answers, corrections and complaints live."""

from django.urls import path

from callbacks.views import calls, complaints, sittings

CORRECTION = [calls.Assign, calls.Correct, calls.VerifyUnreached, calls.Withdraw]
COMPLAINT = [
    complaints.Own,
    complaints.Answer,
    complaints.Close,
    complaints.NotContent,
    complaints.Withdraw,
    complaints.RaiseCorrection,
]

urlpatterns = [
    path("tickets/<str:number>/call_back/", calls.CallBack.as_view(), name="call_back"),
    path("tickets/<str:number>/raise_correction/", calls.RaiseCorrection.as_view(), name="raise_correction"),
    path("tickets/<str:number>/record_complaint/", complaints.RecordComplaint.as_view(), name="record_complaint"),
    path("inspections/<str:number>/call_back/", sittings.CallInspection.as_view(), name="call_inspection"),
    path("complaints/new/", complaints.NewComplaint.as_view(), name="new_complaint"),
    path("complaints/<str:number>/acknowledge/", complaints.acknowledge, name="complaint_acknowledge"),
    path("complaints/<str:number>/unmask/", complaints.unmask, name="complaint_unmask"),
    *[
        path(f"{folder}/<str:number>/{view.step}/", view.as_view(), name=f"{name}_{view.step}")
        for folder, name, views in (("corrections", "correction", CORRECTION), ("complaints", "complaint", COMPLAINT))
        for view in views
    ],
]
