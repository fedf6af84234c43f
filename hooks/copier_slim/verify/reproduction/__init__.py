"""Whether two images are the same, down to the time of each file, and if not where they differ and what made that."""

from __future__ import annotations

from copier_slim.verify.reproduction.differences import Difference, Picture, compare, pictures
from copier_slim.verify.reproduction.twice import Twice, build_twice

__all__ = ["Difference", "Picture", "Twice", "build_twice", "compare", "pictures"]
