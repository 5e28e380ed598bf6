"""A night over the hub's own rows: what is offered and needed, solved apart, proven, stored, and verified later.

``offers`` and ``needs`` read; ``given`` makes the engine's arrays; ``apart`` has them solved by a process that has no
key and no database; ``material`` is what proves a run; ``run`` is the map.
"""
