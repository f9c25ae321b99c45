"""Learn a concept from a few pictures: pictures and words in, a folder with its package out (method.md section 4)."""
