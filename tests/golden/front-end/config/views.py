from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "index.html", {"name": "My-Service"})


def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})
