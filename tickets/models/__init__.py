"""The spine: a repair request, its clocks and what happened to it."""

from tickets.models.clocks import OF_COMPLAINT, Acknowledgement, Deadline, DeadlineQuerySet, Pulse
from tickets.models.events import Event, Remark
from tickets.models.held import HeldPhoto, held_storage
from tickets.models.inspection import (
    MOST_LINES,
    DefectFile,
    Inspection,
    InspectionLine,
    InspectionQuerySet,
    LinePhoto,
    Reinspection,
)
from tickets.models.ticket import Caller, Place, Ticket, TicketQuerySet, called
from tickets.models.visits import Appointment, Photo, Survey, photos_storage
from tickets.models.weather import BadWeather

__all__ = [
    "MOST_LINES",
    "OF_COMPLAINT",
    "Acknowledgement",
    "Appointment",
    "BadWeather",
    "Caller",
    "Deadline",
    "DeadlineQuerySet",
    "DefectFile",
    "Event",
    "HeldPhoto",
    "Inspection",
    "InspectionLine",
    "InspectionQuerySet",
    "LinePhoto",
    "Photo",
    "Place",
    "Pulse",
    "Reinspection",
    "Remark",
    "Survey",
    "Ticket",
    "TicketQuerySet",
    "called",
    "held_storage",
    "photos_storage",
]
