"""The container engine: its command line, builds with their progress, the files that it reads."""
