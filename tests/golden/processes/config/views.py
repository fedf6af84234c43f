from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from config import tasks


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "index.html", {"name": "My-Service"})


def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@csrf_exempt
@require_POST
def send(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"id": tasks.send(2, 3)})


def result(request: HttpRequest, name: str) -> JsonResponse:
    return JsonResponse({"result": tasks.result(name)})
