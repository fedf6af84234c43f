"""Queue work with `add.delay(2, 3)`; CELERY_BROKER_URL and CELERY_RESULT_BACKEND say where tasks and results go."""

from celery import Celery

app = Celery("my-service", broker="redis://localhost")


@app.task
def add(x: int, y: int) -> int:
    return x + y
