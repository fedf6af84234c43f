"""A project's files as text and as structures, within limits of size and depth: whatever the repository holds."""
