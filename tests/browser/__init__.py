"""The map in headless Chromium."""
