"""Base models: their profile, found from a pipeline, and their measured identity."""

from pcm_engine.bases.encoders import TextEncoder
from pcm_engine.bases.fitting import Fitting
from pcm_engine.bases.identity import measure
from pcm_engine.bases.layers import Layer
from pcm_engine.bases.profile import Profile, profile_of

__all__ = ["Fitting", "Layer", "Profile", "TextEncoder", "measure", "profile_of"]
