"""Draws policies: rights that depend on every attribute of a row that policies may use, field by field.

The shipped policies make few such rights; the planner has to be right for all that Cedar can say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.catalog import Field, RegionCode, Scalar
from hub.domain import CATALOGUE
from hub.policy import PolicyError, bundle
from property.irregular import values

if TYPE_CHECKING:
    from random import Random

    from hub.catalog import Entity
    from hub.policy import Policies

ROLE = "civil-affairs"
PURPOSE = "means-check"
NARROWING = re.compile(r"policies (\d+)")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws the conditions of one bundle."""

    random: Random

    def bundle(self, terms: str) -> Policies:
        """Return policies for the role and the purpose above; ``terms``: the text of ``purposes.yaml``."""
        texts = [text for entity in CATALOGUE for text in self.of(entity)]
        files = {
            name: text.replace("NAME", name) for name, text in ((f"{at:03}", text) for at, text in enumerate(texts))
        }
        while True:
            try:
                return bundle(files, terms, CATALOGUE)
            except PolicyError as refused:
                # The message begins with what is refused.
                first = str(refused).partition(":")[0]
                if (named := NARROWING.match(first)) is not None:
                    # Chance has drawn a mask that leaves few values, which must be said.
                    files[named[1]] = f'@narrowing("drawn"){files[named[1]]}'
                else:
                    # Or a condition that says nothing.
                    del files[first]

    def of(self, entity: Entity) -> list[str]:
        """Policies for an entity: rows, then its items in groups, each on a condition of its own."""
        items = [*(name for name in entity.fields if name != "id"), *entity.stored_links, *entity.many]
        self.random.shuffle(items)
        found = [self.permit(entity, ["read"], ["id"]), self.permit(entity, ["read"], ["id"])]
        size = max(1, len(items) // 3)
        for start in range(0, len(items), size):
            group = items[start : start + size]
            found.append(self.permit(entity, ["read"], group))
            if self.random.random() < 0.5:
                found.append(self.permit(entity, ["read", "filter"], group))
            found.append(self.permit(entity, ["readMasked"], group))
            found.append(self.permit(entity, ["filter", "sort", "lookup"], group))
        if self.random.random() < 0.5:
            some = self.random.sample(items, max(1, len(items) // 4))
            found.append(self.rule("forbid", entity, ["read", "filter"], some))
        return found

    def permit(self, entity: Entity, actions: list[str], items: list[str]) -> str:
        return self.rule("permit", entity, actions, items)

    def rule(self, effect: str, entity: Entity, actions: list[str], items: list[str]) -> str:
        named = ", ".join(f'Action::"{action}"' for action in actions)
        fields = ", ".join(f'"{item}"' for item in items)
        return f"""@id("NAME")
            @reason("drawn") @reason_zh("因")
            {effect} (principal in Role::"{ROLE}", action in [{named}], resource is {entity.name})
            when {{ [{fields}].contains(context.field) }}
            when {{ {self.condition(entity, 2)} }};"""

    def condition(self, entity: Entity, depth: int) -> str:
        way = self.random.random()
        if way < 0.2 or not entity.policy_fields:
            return "true"
        if depth and way < 0.5:
            joined = self.random.choice(("&&", "||"))
            return f"({self.condition(entity, depth - 1)}) {joined} ({self.condition(entity, depth - 1)})"
        if depth and way < 0.6:
            return f"!({self.condition(entity, depth - 1)})"
        return self.test(self.random.choice(entity.policy_fields))

    def test(self, field: Field) -> str:
        name = f"resource.{field.name}"
        if field.type is RegionCode:
            codes = self.random.sample(["23", "2305", "230502", "230502001", "230503", "230521", "2306", "31"], 2)
            divisions = ", ".join(f'Division::"{code}"' for code in codes)
            made = f"{name} in [{divisions}]"
        elif set(values(field)) <= {True, False}:
            return name
        elif isinstance(field.type, Scalar) and field.type.storage in ("integer", "date"):
            known = self.random.choice(sorted(set(values(field))))
            sign = self.random.choice(("<", "<=", ">", ">=", "==", "!="))
            made = f"{name} {sign} {known}" if isinstance(known, int) else f'{name} {sign} datetime("{known}")'
        else:
            known = ", ".join(f'"{value}"' for value in self.random.sample(sorted(set(values(field))), 2))
            made = f"[{known}].contains({name})"
        if not field.nullable:
            return made
        guarded = f"resource has {field.name} && {made}"
        return self.random.choice((guarded, guarded, f"!(resource has {field.name})", f"!({guarded})"))
