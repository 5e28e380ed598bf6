"""Synchronisation: departments' rows become the hub's, sealed, with their provenance."""
