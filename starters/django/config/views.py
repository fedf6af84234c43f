from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
{% if starter_queue %}
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
{% set path = starter_queue.tasks.split('.') %}
{% set alias = ' as tasks' if path[-1:] != ['tasks'] else '' %}

{% if path | length == 1 %}
import {{ path[0] ~ alias }}
{% else %}
from {{ path[:-1] | join('.') }} import {{ path[-1] ~ alias }}
{% endif %}
{% endif %}


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "index.html", {"name": "{{ project_name }}"})


def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})
{% if starter_queue %}


@csrf_exempt
@require_POST
def send(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"id": tasks.send(2, 3)})


def result(request: HttpRequest, name: str) -> JsonResponse:
    return JsonResponse({"result": tasks.result(name)})
{% endif %}
