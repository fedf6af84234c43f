"""The template: where it is, Copier called from Python, and the calls that an app of one's own has to make."""
