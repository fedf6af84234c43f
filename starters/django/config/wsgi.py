{% set attached = 'attach' in monitoring_calls and framework_row.servers[server] == 'wsgi' %}
import os

from django.core.wsgi import get_wsgi_application
{% if attached %}

from container import monitoring
{% endif %}

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
{% if attached %}
application = monitoring.attach(application)
{% endif %}
