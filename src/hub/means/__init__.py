"""The means check: departments are asked under authorisation, rules say what follows, a report says it with articles.

``rules``: the rules as data. ``steps``: what the steps of a check and of a home visit must say and do. ``questions``:
what departments are asked, kept with its state. ``gathering``, ``composing``, ``reporting``: a version of a report.
``own``: what the hub does itself. ``ending``: what the end of an authorisation does. ``watch``: what a synchronisation
brought about households that receive assistance.
"""

from hub.means.watch import Watched, watch

__all__ = ["Watched", "watch"]
