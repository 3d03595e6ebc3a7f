"""Headwater derives a Linux distribution from an upstream one, and can explain every byte of it."""

__version__ = "0.1.0"
