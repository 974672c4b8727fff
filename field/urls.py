"""The technician's phone."""

from django.urls import path

from field import inspections, views

urlpatterns = [
    path("my/", views.my_jobs, name="my_jobs"),
    path("my/copies/", views.my_copies, name="my_copies"),
    path("my/cash/", views.my_cash, name="my_cash"),
    path("my/inspect/", inspections.my_inspections, name="my_inspections"),
    path("my/<str:number>/", views.my_job, name="my_job"),
    path("my/<str:number>/sign/", views.MySign.as_view(), name="my_sign"),
]
