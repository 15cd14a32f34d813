"""Keras runs on torch here; that is chosen before it is first imported."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"
