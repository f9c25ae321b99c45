"""One file a migration, `NNNN_<expand|contract>_<what>.py`."""
