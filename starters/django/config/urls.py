from django.contrib import admin
from django.urls import path

from config import views

urlpatterns = [
    path("", views.index),
    path("{{ (health_path or '/healthz').lstrip('/') }}", views.health),
    path("admin/", admin.site.urls),
{% if starter_queue %}
    path("tasks", views.send),
    path("tasks/<name>", views.result),
{% endif %}
]
