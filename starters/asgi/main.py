import json
{% include 'partials/hooks/imports.jinja' %}
{% include 'partials/hooks/start_alone.jinja' %}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return
    if scope["type"] != "http":
        return

    replies = {"/": {"message": "Hello from {{ project_name }}"}, "{{ health_path or '/healthz' }}": {"status": "ok"}}
    reply = replies.get(scope["path"])
    await send(
        {
            "type": "http.response.start",
            "status": 200 if reply else 404,
            "headers": [(b"content-type", b"application/json")],
        }
    )
    await send({"type": "http.response.body", "body": json.dumps(reply).encode()})
{% include 'partials/hooks/attach_after_function.jinja' %}
