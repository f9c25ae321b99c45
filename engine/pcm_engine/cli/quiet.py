"""Keep the libraries' own bars and notices off the terminal while a base is fetched or loaded."""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


@contextmanager
def quiet() -> Iterator[None]:
    """Errors only, for the length of the block; errors still arrive as exceptions."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", FutureWarning)
        for log in library_logs():
            stack.callback(log.set_verbosity, log.get_verbosity())
            stack.callback(log.enable_progress_bar)
            log.set_verbosity_error()
            log.disable_progress_bar()
        yield


def library_logs() -> tuple[Any, ...]:
    """The logging modules of the libraries that load a base; both answer to the same names."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    return diffusers_logging, transformers_logging
