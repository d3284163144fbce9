"""The image and recipes for it, as far as they can be tried without an engine."""
