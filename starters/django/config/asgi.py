{% set hooked = interface == 'asgi' %}
import os

from django.core.asgi import get_asgi_application
{% if hooked %}
{% include 'partials/hooks/imports.jinja' %}
{% endif %}

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

{% if hooked %}
{% include 'partials/hooks/start.jinja' %}
{% endif %}
application = get_asgi_application()
{% if hooked %}
{% include 'partials/hooks/attach.jinja' %}
{% endif %}
