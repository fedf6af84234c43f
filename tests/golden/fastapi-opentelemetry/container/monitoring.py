"""What opentelemetry-instrument leaves to the app; off unless a variable names a destination."""
import os

ON = any(map(os.environ.get, ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]))


def attach(app):
    """Returns the app with all its spans sent, including the last ones, or unchanged if tracing is off."""
    if not ON:
        return app
    app.add_middleware(Finish)
    return app


def finish():
    """Flushes what is buffered: a server that ends by a signal runs no exit handlers."""
    from opentelemetry import metrics, trace

    for provider in trace.get_tracer_provider(), metrics.get_meter_provider():
        if hasattr(provider, "shutdown"):  # not without opentelemetry-instrument
            provider.shutdown()


class Finish:
    """Wraps an ASGI app to flush what is buffered after its lifespan has ended."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def forward(message):
            if message["type"].startswith("lifespan.shutdown."):
                finish()
            await send(message)

        await self.app(scope, receive, forward if scope["type"] == "lifespan" else send)
