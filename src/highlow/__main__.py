"""The command `highlow`."""

import sys

from highlow.commands.application import main

if __name__ == "__main__":
    sys.exit(main())
