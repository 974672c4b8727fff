"""The desk's pages."""

from django.urls import path

from desk import board, intake, pulse, ticket

urlpatterns = [
    path("board/", board.board, name="board"),
    path("pulse/", pulse.pulse, name="pulse"),
    path("tickets/new/", intake.Register.as_view(), name="register"),
    path("tickets/new/rail/", intake.rail, name="register_rail"),
    path("tickets/<str:number>/", ticket.ticket, name="ticket"),
]
