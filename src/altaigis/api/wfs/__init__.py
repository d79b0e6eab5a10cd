"""WFS 2.0.0, 1.1.0 and 1.0.0: a door of its own to the same features."""
