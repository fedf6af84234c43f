"""The configurator's Python: the template, rendered as Copier does it. Pyodide runs it in the page."""
