"""Runs of the command that are ended at some moment, and what they have left."""
