"""Alerts: rules held against what was observed, and the layer that shows them."""
