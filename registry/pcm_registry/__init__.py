"""The registry server: it serves signed index pages and blobs, and never imports the client."""
