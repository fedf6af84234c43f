import os

from django.core.wsgi import get_wsgi_application

from container import monitoring

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

monitoring.start()
application = get_wsgi_application()
