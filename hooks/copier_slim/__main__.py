"""python -m copier_slim is the command."""

from copier_slim.cli import main

main()
