"""Where the steps of a ticket live: the address is named like the step."""

from django.urls import path

from tickets.views import amending, moves, recording, seen

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
    moves.LowerUrgency,
    moves.CustomerAsksToWait,
    moves.Urge,
    moves.Note,
    amending.Amend,
    recording.RunSafetyScript,
    recording.RecordObjection,
    recording.LinkRework,
    recording.RefuseRework,
    recording.TagWeather,
    moves.AddPhoto,
]

urlpatterns = [
    *[path(f"tickets/<str:number>/{view.step}/", view.as_view(), name=view.step) for view in STEPS],
    path("tickets/<str:number>/unmask/", seen.unmask, name="unmask"),
    path("photos/<int:pk>/", seen.photo, name="photo"),
    path("deadlines/<int:pk>/acknowledge/", seen.acknowledge, name="acknowledge"),
]
