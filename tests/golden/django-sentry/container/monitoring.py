"""Sentry, which is on if SENTRY_DSN is set."""
import os

ON = any(map(os.environ.get, ["SENTRY_DSN"]))


def start():
    """Reports requests and exceptions; call it before creating the app."""
    if not ON:
        return
    import sentry_sdk

    sentry_sdk.init(
        traces_sampler=sample,
    )


def sample(context):
    """The share of such requests to trace; the SDK does not read SENTRY_TRACES_SAMPLE_RATE itself."""
    if context.get("wsgi_environ", {}).get("PATH_INFO") == "/healthz":
        return 0
    if context["parent_sampled"] is not None:
        return context["parent_sampled"]
    return float(os.environ.get("SENTRY_TRACES_SAMPLE_RATE", "1"))
