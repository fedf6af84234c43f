"""What opentelemetry-instrument leaves to the app; nothing of it where no variable says where to send to."""
import os

ON = any(map(os.environ.get, ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]))


def attach(app):
    """The app as it was, or one whose spans are all sent, the last ones too."""
    if not ON:
        return app
    app.add_middleware(Finish)
    return app


def finish():
    """Sends what is left: a server that a signal ends runs no exit handlers."""
    from opentelemetry import metrics, trace

    for provider in trace.get_tracer_provider(), metrics.get_meter_provider():
        if hasattr(provider, "shutdown"):  # it has none without opentelemetry-instrument
            provider.shutdown()


class Finish:
    """An ASGI app around another: when the lifespan of that one has ended, what is not sent yet is sent."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def forward(message):
            if message["type"].startswith("lifespan.shutdown."):
                finish()
            await send(message)

        await self.app(scope, receive, forward if scope["type"] == "lifespan" else send)
