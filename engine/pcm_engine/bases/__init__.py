"""Base models: their profile, found from a pipeline, and their measured identity."""

from pcm_engine.bases.encoders import TextEncoder
from pcm_engine.bases.layers import Layer
from pcm_engine.bases.profile import Profile, profile_of

__all__ = ["Layer", "Profile", "TextEncoder", "profile_of"]
