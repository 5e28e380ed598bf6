"""Deciding between two nights: needs that arrive day by day, and what units of a month are worth by then.

``season``: needs as they arrive; ``prices``: what a unit is worth to those who are still to come; ``replay``: policies
against hindsight; ``repair``: what a decline changes, at once.
"""
