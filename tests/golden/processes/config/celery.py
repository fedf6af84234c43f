"""The Celery app: its settings are those of config/settings.py that begin with CELERY_, its tasks are in tasks.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("my-service")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["config"])
app.autodiscover_tasks()
