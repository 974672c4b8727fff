"""Kept prints."""

from django.urls import path

from papers import views

urlpatterns = [path("prints/<int:pk>.pdf", views.print_file, name="print_file")]
