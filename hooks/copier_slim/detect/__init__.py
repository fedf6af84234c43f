"""What can be known of an existing repository by reading it: nothing of it is ever imported or run."""
