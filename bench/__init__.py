"""Measures copier-slim's images beside the usual designs, with one app and one lock: `python -m bench --help`."""
