"""Overlays as azldev applies them, quirk for quirk, so that a project written for it gives the same bytes."""
