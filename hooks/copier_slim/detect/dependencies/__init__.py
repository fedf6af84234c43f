"""What a project requires, read from any of the files in which Python projects say so; nothing is executed."""

from __future__ import annotations

from copier_slim.detect.dependencies.choose import read
from copier_slim.detect.dependencies.model import Declared, Dependencies, Package

__all__ = ["Declared", "Dependencies", "Package", "read"]
