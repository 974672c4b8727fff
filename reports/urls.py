"""Figures."""

from django.urls import path

from reports import views

urlpatterns = [
    path("figures/", views.figures, name="figures"),
    path("figures/<slug:code>/", views.figure, name="figure"),
]
