"""Where the steps of a ticket live: the address is named like the step."""

from django.urls import path

from tickets.views import amending, handover, imports, inspections, judging, moves, recording, seen

STEPS = [
    moves.NotifyEngineering,
    moves.Reassign,
    moves.JudgeByDescription,
    moves.Arrive,
    moves.RecordAbsence,
    moves.MakeSafe,
    moves.Survey,
    moves.SetAppointment,
    moves.MoveAppointment,
    moves.RaiseUrgency,
    moves.Urge,
    moves.Note,
    amending.Amend,
    recording.RunSafetyScript,
    recording.RecordObjection,
    recording.LinkRework,
    recording.RefuseRework,
    recording.TagWeather,
    judging.TellJudgement,
    judging.EnterStartDay,
    moves.AddPhoto,
]

SHEET = "tickets/new/handover/<int:unit>"
INSPECTION_STEPS = [inspections.BatchNotify, inspections.SurveyAsSeen, inspections.Reinspect]

urlpatterns = [
    path("tickets/new/handover/", handover.handover, name="handover"),
    path(f"{SHEET}/lines/", handover.handover_lines, name="handover_lines"),
    path(f"{SHEET}/paste/", handover.handover_paste, name="handover_paste"),
    path(f"{SHEET}/photos/", handover.handover_photos, name="handover_photos"),
    path(f"{SHEET}/print/", handover.print_draft, name="print_draft"),
    path(f"{SHEET}/register/", handover.RegisterInspection.as_view(), name="register_inspection"),
    path(f"{SHEET}/discard/", handover.DiscardInspection.as_view(), name="discard_inspection"),
    path("inspections/", inspections.inspection_list, name="inspections"),
    path("inspections/import/", imports.ImportInspections.as_view(), name="import_inspections"),
    path("inspections/photos/<int:pk>/", handover.line_photo, name="line_photo"),
    path("inspections/<str:number>/", inspections.inspection, name="inspection"),
    path("inspections/<str:number>/print/", inspections.PrintInspection.as_view(), name="print_inspection"),
    *[path(f"inspections/<str:number>/{view.step}/", view.as_view(), name=view.step) for view in INSPECTION_STEPS],
    *[path(f"tickets/<str:number>/{view.step}/", view.as_view(), name=view.step) for view in STEPS],
    path("tickets/<str:number>/unmask/", seen.unmask, name="unmask"),
    path("photos/<int:pk>/", seen.photo, name="photo"),
    path("deadlines/<int:pk>/acknowledge/", seen.acknowledge, name="acknowledge"),
]
