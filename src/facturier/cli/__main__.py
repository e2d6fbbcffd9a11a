"""``python -m facturier.cli``."""

import sys

from facturier.cli import main

sys.exit(main())
