"""Where answers and corrections live."""

from django.urls import path

from callbacks import views

urlpatterns = [
    path("tickets/<str:number>/call_back/", views.CallBack.as_view(), name="call_back"),
    path("tickets/<str:number>/raise_correction/", views.RaiseCorrection.as_view(), name="raise_correction"),
    path("corrections/<str:number>/assign/", views.Assign.as_view(), name="correction_assign"),
    path("corrections/<str:number>/correct/", views.Correct.as_view(), name="correction_correct"),
    path(
        "corrections/<str:number>/verify_unreached/",
        views.VerifyUnreached.as_view(),
        name="correction_verify_unreached",
    ),
    path("corrections/<str:number>/withdraw/", views.Withdraw.as_view(), name="correction_withdraw"),
]
