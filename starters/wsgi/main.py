import json
{% include 'partials/hooks/imports.jinja' %}
{% include 'partials/hooks/start_alone.jinja' %}


def app(environ, start_response):
    replies = {"/": {"message": "Hello from {{ project_name }}"}, "{{ health_path or '/healthz' }}": {"status": "ok"}}
    reply = replies.get(environ["PATH_INFO"])
    start_response("200 OK" if reply else "404 Not Found", [("Content-Type", "application/json")])
    return [json.dumps(reply).encode()]
{% include 'partials/hooks/attach_after_function.jinja' %}
