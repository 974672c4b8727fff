"""Where every page lives."""

from django.urls import include, path

urlpatterns = [
    path("health/", include("repairdesk.health")),
    path("", include("people.urls")),
    path("", include("billing.urls")),
    path("", include("callbacks.urls")),
]
