"""What the sources show, parsed with `ast` and never imported: apps, ports, paths, health routes."""
