from django.urls import path

from messaging import views

urlpatterns = [
    path("<slug:gateway>/receipts", views.receipts, name="gateway_receipts"),
    path("<slug:gateway>/texts", views.texts, name="gateway_texts"),
]
