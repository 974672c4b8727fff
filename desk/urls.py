"""The desk's pages."""

from django.urls import path

from desk import board, find, intake, pulse, styleguide, ticket, ticket_list

urlpatterns = [
    path("board/", board.board, name="board"),
    path("find/", find.find, name="find"),
    path("setup/styleguide/", styleguide.styleguide, name="styleguide"),
    path("tickets/", ticket_list.ticket_list, name="ticket_list"),
    path("pulse/", pulse.pulse, name="pulse"),
    path("tickets/new/", intake.Register.as_view(), name="register"),
    path("tickets/new/rail/", intake.rail, name="register_rail"),
    path("tickets/<str:number>/", ticket.ticket, name="ticket"),
]
