"""The routes of section 8, one file a resource; each reads a request, calls one function, and writes its answer."""
