"""Bells."""

from django.urls import path

from alerts import views

urlpatterns = [
    path("deadlines/<int:pk>/hush/", views.hush, name="hush"),
    path("bells/", views.bells, name="bells"),
    path("bells/<str:kind>/", views.SetBells.as_view(), name="set_bells"),
]
