from django.urls import path

from messaging import views

urlpatterns = [
    path("<slug:gateway>/receipts", views.receipts, name="gateway_receipts"),
]
