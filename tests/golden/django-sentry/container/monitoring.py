"""Sentry, where SENTRY_DSN says where to send to."""
import os

ON = any(map(os.environ.get, ["SENTRY_DSN"]))


def start():
    """Watches for requests and exceptions; to be called before the app is made."""
    if not ON:
        return
    import sentry_sdk

    sentry_sdk.init(
        traces_sampler=sample,
    )


def sample(context):
    """The share of requests like this one that is traced; the SDK itself does not read SENTRY_TRACES_SAMPLE_RATE."""
    if context.get("wsgi_environ", {}).get("PATH_INFO") == "/healthz":
        return 0
    if context["parent_sampled"] is not None:
        return context["parent_sampled"]
    return float(os.environ.get("SENTRY_TRACES_SAMPLE_RATE", "1"))
