"""What is done once: its seconds, its memory."""

import os
import resource
import sys
import time
from collections.abc import Callable
from statistics import median

import _volume


def megabytes(whose: int) -> float:
    """The most memory that this process, or its children (`resource.RUSAGE_…`), ever held."""
    return resource.getrusage(whose).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def timed(call: Callable[[], object]) -> tuple[object, float, float]:
    """What it gives, its seconds, and those of the processor (those of its children included)."""
    began, used = time.perf_counter(), sum(os.times()[:4])
    given = call()
    return given, time.perf_counter() - began, sum(os.times()[:4]) - used


def say(name: str, times: list[tuple[float, float]], budget: float | None = None) -> None:
    seconds, used = (median(column) for column in zip(*times, strict=True))
    said = f"  budget {budget} s {_volume.verdict(seconds <= budget)}" if budget else ""
    print(f"{name:<60}{seconds:>8.2f} s, dont {used:.2f} de processeur{said}", flush=True)
