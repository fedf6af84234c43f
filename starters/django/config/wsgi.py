{% set hooked = interface == 'wsgi' %}
import os

from django.core.wsgi import get_wsgi_application
{% if hooked %}
{% include 'partials/hooks/imports.jinja' %}
{% endif %}

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

{% if hooked %}
{% include 'partials/hooks/start.jinja' %}
{% endif %}
application = get_wsgi_application()
{% if hooked %}
{% include 'partials/hooks/attach.jinja' %}
{% endif %}
