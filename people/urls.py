from django.urls import path

from people import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("me/", views.me, name="me"),
    path("me/password/", views.change_password, name="change_password"),
    path("me/preferences/", views.set_preferences, name="set_preferences"),
    path("me/theme/", views.set_theme, name="set_theme"),
    path("me/language/", views.set_language_own, name="set_language_own"),
]
