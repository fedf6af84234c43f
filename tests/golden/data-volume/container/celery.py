"""Starts celery with a heartbeat: by a file's time, worker and beat tell the health check until when they are well."""

# ruff: noqa: E402
from celery import maybe_patch_concurrency

maybe_patch_concurrency()  # before anything else is imported

import os
import time

from celery import bootsteps, signals
from celery.__main__ import main
from celery.app.defaults import DEFAULTS

NO_END = 2**31

def promise(until):
    with open("/dev/shm/heartbeat", "a") as file:
        os.utime(file.fileno(), (until, until))

class Heartbeat(bootsteps.StartStopStep):
    """While the loop turns; without a connection there is none to turn, and in the pool `solo` a task holds it up."""
    requires = ["celery.worker.consumer.connection:Connection"]
    beat = None

    def start(self, consumer):
        if type(consumer.pool).__module__ == "celery.concurrency.solo":
            return promise(NO_END)
        promise(time.time() + 60)
        self.beat = consumer.timer.call_repeatedly(10, lambda: promise(time.time() + 60))

    def stop(self, consumer):
        promise(NO_END)
        if self.beat:
            self.beat.cancel()

@signals.worker_init.connect
def watch_worker(sender, **_):
    sender.app.steps["consumer"].add(Heartbeat)

@signals.beat_init.connect
def watch_beat(sender, **_):
    tick = sender.scheduler.tick

    def watched(*arguments, **options):
        pause = tick(*arguments, **options)
        promise(time.time() + (pause or 0) + 60)
        return pause

    sender.scheduler.tick = watched

if __name__ == "__main__":
    DEFAULTS["worker_concurrency"] = int(os.environ.get("WEB_CONCURRENCY") or 1)  # not by the CPUs of the host
    DEFAULTS["beat_schedule_filename"] = "/tmp/celerybeat-schedule"  # not beside the code, which is read-only
    main()
