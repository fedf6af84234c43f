"""Front-end files that the app serves: who makes them, from what, where to, and what that leaves out."""

from __future__ import annotations

from copier_slim.detect.frontend.answers import answer

__all__ = ["answer"]
