"""Timestamping authorities (RFC 3161): who says that bytes existed at a time."""
