"""Look-ups that forms ask while somebody types."""

from django.urls import path

from places import views

urlpatterns = [
    path("find/", views.find_places, name="find_places"),
    path("components/", views.find_components, name="find_components"),
    path("prices/", views.find_prices, name="find_prices"),
    path("spare_parts/", views.find_spare_parts, name="find_spare_parts"),
]
