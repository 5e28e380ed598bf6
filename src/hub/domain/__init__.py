"""The declarations. Everything that the hub holds is named here, and nowhere else.

Every module of this package is read: a new one is a declaration by being there.
"""

from importlib import import_module
from pkgutil import iter_modules

from hub.catalog import build

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

CATALOGUE = build()
