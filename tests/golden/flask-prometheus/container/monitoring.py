"""Prometheus metrics of requests at /metrics, added up over all workers."""
import os
import time

from prometheus_client import REGISTRY, CollectorRegistry, Histogram, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = Histogram("http_request_duration_seconds", "How long requests took", ["method", "route", "status"])

registry = REGISTRY
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)


def attach(app):
    """Returns the app with its requests measured."""
    app.wsgi_app = Measured(app.wsgi_app)
    return app


class Measured:
    """A WSGI app that measures the requests of the one it wraps, and serves /metrics itself."""

    def __init__(self, app):
        self.app = app
        self.metrics = make_wsgi_app(registry)

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/metrics":
            return self.metrics(environ, start_response)
        route, status, began = "", "500", time.perf_counter()

        def forward(line, *arguments):
            nonlocal route, status
            route, status = str(environ["werkzeug.request"].url_rule or ""), line.split()[0]
            return start_response(line, *arguments)

        try:
            return self.app(environ, forward)
        finally:
            SECONDS.labels(environ["REQUEST_METHOD"], route, status).observe(time.perf_counter() - began)
