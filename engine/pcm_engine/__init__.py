"""The engine of pcm: learn concepts and compose them in the pictures of a diffusers pipeline."""
