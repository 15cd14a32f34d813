"""Functions and models that a user names as ``module:function``, on the command line."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def imported(name: str) -> Any:
    """What ``module:function`` names. Its module is imported, which runs it.

    Raises:
        LookupError: there is no such module, here or installed, or nothing of that name in it; the message says which.
    """
    module_name, _, function_name = name.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # a module beside the user, as with python -m
    try:
        found: Any = importlib.import_module(module_name)
    except (ModuleNotFoundError, ValueError, TypeError) as error:
        missing = getattr(error, "name", None)
        if isinstance(error, ModuleNotFoundError) and missing and not f"{module_name}.".startswith(f"{missing}."):
            raise  # it was found, and lacks something of its own
        raise LookupError(f"there is no module {module_name!r} here or among what is installed") from None
    for part in function_name.split("."):
        if not hasattr(found, part):
            raise LookupError(f"{module_name} has no {function_name!r}; write module:function")
        found = getattr(found, part)
    return found
