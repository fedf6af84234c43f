"""What opentelemetry-instrument leaves to the app; does nothing unless a variable says where to send to."""
import os

ON = any(map(os.environ.get, ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]))


def attach(app):
    """The app, wrapped if need be so that its last spans are sent as well."""
    if not ON:
        return app
    app.add_middleware(Finish)
    return app


def finish():
    """Flushes: a server that a signal ends runs no exit handlers."""
    from opentelemetry import metrics, trace

    for provider in trace.get_tracer_provider(), metrics.get_meter_provider():
        if hasattr(provider, "shutdown"):  # only opentelemetry-instrument sets one that has it
            provider.shutdown()


class Finish:
    """An ASGI app around another that flushes once the inner lifespan has ended."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def forward(message):
            if message["type"].startswith("lifespan.shutdown."):
                finish()
            await send(message)

        await self.app(scope, receive, forward if scope["type"] == "lifespan" else send)
