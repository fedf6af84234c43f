"""python -m copier_slim is the command."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the current directory: nothing is imported from the repository that is looked at

from copier_slim.cli import main

main()
