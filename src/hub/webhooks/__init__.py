"""Webhooks: events sent to partners, signed as Standard Webhooks. ``deliver`` is the map; start reading there."""
