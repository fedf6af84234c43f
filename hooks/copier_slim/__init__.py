"""The Python around a copy of the template."""
