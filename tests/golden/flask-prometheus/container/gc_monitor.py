"""Measures the garbage collector's pauses and writes a line of JSON to stderr every GC_MONITOR_INTERVAL seconds (60).

Off unless GC_MONITOR=1. A line has the process ID, its pauses in seconds by generation so far, and gc.get_stats().
"""
import gc
import json
import os
import threading
import time

GENERATIONS = range(3)
counts = [0 for _ in GENERATIONS]
totals = [0.0 for _ in GENERATIONS]
longest = [0.0 for _ in GENERATIONS]
began = 0.0


def start() -> None:
    """Starts measuring in this process and its forks; calling it again does nothing."""
    if os.environ.get("GC_MONITOR") == "1" and measure not in gc.callbacks:
        gc.callbacks.append(measure)
        os.register_at_fork(after_in_child=restart)
        restart()


def measure(phase: str, info: dict[str, int]) -> None:
    """Called by the collector in the middle of any code, so it must not take a lock or do I/O."""
    global began
    if phase == "start":
        began = time.perf_counter()
        return
    pause, generation = time.perf_counter() - began, info["generation"]
    counts[generation] += 1
    totals[generation] += pause
    if pause > longest[generation]:
        longest[generation] = pause


def restart() -> None:
    """Resets the numbers and starts the thread, as a fork inherits none."""
    for generation in GENERATIONS:
        counts[generation], totals[generation], longest[generation] = 0, 0.0, 0.0
    threading.Thread(target=report, args=[float(os.environ.get("GC_MONITOR_INTERVAL", "60"))], daemon=True).start()


def report(interval: float) -> None:
    """Writes a line every `interval` seconds while the process runs."""
    while True:
        time.sleep(interval)
        pauses = [
            {"count": counts[number], "sum": round(totals[number], 6), "max": round(longest[number], 6)}
            for number in GENERATIONS
        ]
        line = json.dumps({"gc": {"pid": os.getpid(), "pauses": pauses, "stats": gc.get_stats()}})
        os.write(2, f"{line}\n".encode())  # one write, without the lock of sys.stderr
