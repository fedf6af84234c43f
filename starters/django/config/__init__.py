{% if starter_queue and 'config/celery.py' in starter_files %}
from config.celery import app as celery_app

__all__ = ["celery_app"]
{% endif %}
