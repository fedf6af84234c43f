"""Loads a large app before the workers fork: GUNICORN_CMD_ARGS="--config container/gunicorn_preload.py".

The garbage collector ignores what was loaded by then; otherwise its first pass in each worker would copy that memory.
"""
import gc

preload_app = True
gc.disable()  # until the app is loaded


def pre_fork(server, worker):
    gc.freeze()


def post_fork(server, worker):
    gc.enable()
