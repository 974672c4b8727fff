"""Where every page lives."""

from django.urls import include, path

urlpatterns = [
    path("", include("people.urls")),
]
