"""The desk's pages."""

from django.urls import path

from desk import (
    approvals,
    board,
    callbacks,
    cash,
    complaints,
    engineering,
    find,
    gathering,
    intake,
    pulse,
    rework,
    saved,
    styleguide,
    ticket,
    ticket_list,
    weather,
)
from desk.procedure import views as procedure

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/views/", saved.views, name="views"),
    path("board/views/back/", saved.view_back, name="view_back"),
    path("callbacks/", callbacks.callbacks, name="callbacks"),
    path("corrections/", callbacks.corrections, name="corrections"),
    path("complaints/", complaints.complaints, name="complaints"),
    path("complaints/<str:number>/", complaints.complaint, name="complaint"),
    path("cash/", cash.cash, name="cash"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("cash/receive/", cash.cash_receive, name="cash_receive"),
    path("cash/handover/<int:pk>/", cash.CashHandOver.as_view(), name="cash_handover"),
    path("engineering/", engineering.engineering, name="engineering"),
    path("find/", find.find, name="find"),
    path("procedure/", procedure.procedure, name="procedure"),
    path("procedure/<str:number>/", procedure.procedure_clause, name="procedure_clause"),
    path("setup/styleguide/", styleguide.styleguide, name="styleguide"),
    path("tickets/", ticket_list.ticket_list, name="ticket_list"),
    path("weather/", weather.Weather.as_view(), name="weather"),
    path("weather/<int:pk>/end/", weather.WeatherEnd.as_view(), name="weather_end"),
    path("pulse/", pulse.pulse, name="pulse"),
    path("tickets/new/", intake.Register.as_view(), name="register"),
    path("tickets/new/rail/", intake.rail, name="register_rail"),
    path("tickets/<str:number>/merge/", gathering.Merge.as_view(), name="merge"),
    path("tickets/<str:number>/confirm_rework/", rework.ConfirmRework.as_view(), name="confirm_rework"),
    path("tickets/<str:number>/tell/", gathering.Tell.as_view(), name="tell"),
    path("tickets/<str:number>/gather/", gathering.Gather.as_view(), name="gather"),
    path("tickets/<str:number>/", ticket.ticket, name="ticket"),
]
