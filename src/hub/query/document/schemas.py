"""What there is to be asked, for each viewer: the schema without the entities that do not exist for it.

Two schemas, because a denied field and a denied entity are different things. *Accepted* is any field of an entity
that exists: a query that is shared by viewers names fields that only some of them may read, and the others get
null and a reason. *Shown*, to introspection and in suggestions, is only what could be granted. Both go by what policy
permits with agreements on everything, and with those that there are: the data catalogue is open to every partner, and
whoever has no agreement is to be told so. Both are kept by what is visible, so that viewers who see the same share
schemas, documents and validation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hub.cache import Cache
from hub.policy import ALL_GRANTED, Visibility, cached_visibility, existing, visibility
from hub.query.document.limits import Limits
from hub.query.document.operation import DOCUMENTS, Documents, weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLSchema

    from hub.catalog import Catalogue
    from hub.policy import Policies, Principal
    from hub.query.document.operation import Kept

_VIEWERS: Final = 1_024

_CAPACITY: Final = 64
"""Schemas of each kind that are kept: as many as there are roles and purposes, and some."""


@dataclass(slots=True)
class ViewerSchemas:
    """``restrict``: makes the schema of what is visible; it is kept here.

    ``hide``: whether a denied entity is an unknown name. Otherwise it may be named and comes back as null with a
    reason, so that one document serves all viewers; introspection and suggestions hide it all the same.
    """

    restrict: Callable[[Visibility], GraphQLSchema]
    policies: Policies
    catalogue: Catalogue
    limits: Limits = field(default_factory=Limits)
    hide: bool = True
    _visible: Callable[[Principal], Visibility] = field(init=False)
    _documents: Cache[Visibility, Documents] = field(default_factory=lambda: Cache(_CAPACITY))
    _shown: Cache[Visibility, GraphQLSchema] = field(default_factory=lambda: Cache(_CAPACITY))
    _by_viewer: Cache[Principal, Documents] = field(default_factory=lambda: Cache(_VIEWERS))
    _operations: Kept = field(default_factory=lambda: Cache(DOCUMENTS, weight))

    def __post_init__(self) -> None:
        self._visible = cached_visibility(visibility, self.policies, self.catalogue)

    def documents(self, principal: Principal) -> Documents:
        """Return the documents of viewers for whom the same entities exist; their schema is the accepted one."""
        known = self._by_viewer.get(principal)
        if known is None:
            everything = Visibility(frozenset(self.catalogue.entities))
            seen = self._existing(self.policies.profile(principal)) if self.hide else everything
            known = self._documents.get(seen) or self._documents.keep(
                seen, Documents(self.restrict(seen), self.limits, self._operations, seen)
            )
            self._by_viewer.keep(principal, known)
        return known

    def _existing(self, profile: Principal) -> Visibility:
        seen = existing(self.policies, profile.with_all_granted(), self.catalogue)
        # What a policy permits of one's own data alone, no agreement on everything would permit.
        return seen if profile.granted == ALL_GRANTED else seen | existing(self.policies, profile, self.catalogue)

    def shown(self, principal: Principal) -> GraphQLSchema:
        """Return the schema that the viewer may know of. The first time it costs some hundred decisions."""
        seen = self._visible(principal.with_all_granted()) | self._visible(principal)
        return self._shown.get(seen) or self._shown.keep(seen, self.restrict(seen))
