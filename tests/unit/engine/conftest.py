"""The engine with its shapes checked while these tests run."""

import shapes  # noqa: F401 - checks shapes from here on
