"""For apps that load much: GUNICORN_CMD_ARGS="--config container/gunicorn_preload.py" loads them before the workers fork.

The collector then leaves alone what all workers share: else its first pass in each would write to, and so copy, all of it.
"""
import gc

preload_app = True
gc.disable()  # until the app is loaded


def pre_fork(server, worker):
    gc.freeze()


def post_fork(server, worker):
    gc.enable()
