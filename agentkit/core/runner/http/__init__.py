"""The HTTP API of `serve`: sessions are created, listed, read and closed."""
