"""The demo: the whole path on the bundled base, as commands that anyone can type, and a page that shows what came."""
