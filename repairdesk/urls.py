"""Where every page lives."""

from django.urls import include, path

urlpatterns = [
    path("health/", include("repairdesk.health")),
    path("", include("people.urls")),
    path("places/", include("places.urls")),
    path("", include("tickets.urls")),
    path("", include("billing.urls")),
    path("", include("callbacks.urls")),
    path("", include("alerts.urls")),
    path("", include("reports.urls")),
    path("", include("desk.urls")),
    path("", include("workorders.urls")),
    path("", include("papers.urls")),
    path("", include("desk.copies")),
    path("", include("desk.shift")),
    path("", include("desk.keeping")),
    path("", include("field.urls")),
]
