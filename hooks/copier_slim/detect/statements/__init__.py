"""What a project states of how it runs: Procfile, compose files, Dockerfiles, and the commands in them."""
