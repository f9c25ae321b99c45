"""The engine's commands, found by entry point; nothing here imports PyTorch before a command runs."""
