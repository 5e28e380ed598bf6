"""Processes: what a step does, and what the law gives time for."""
