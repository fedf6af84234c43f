import json


def app(environ, start_response):
    replies = {"/": {"message": "Hello from {{ project_name }}"}, "{{ health_path or '/healthz' }}": {"status": "ok"}}
    reply = replies.get(environ["PATH_INFO"])
    start_response("200 OK" if reply else "404 Not Found", [("Content-Type", "application/json")])
    return [json.dumps(reply).encode()]
