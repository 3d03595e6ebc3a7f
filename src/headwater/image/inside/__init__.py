"""Scripts that run in the toolbox, never imported by Headwater itself."""
