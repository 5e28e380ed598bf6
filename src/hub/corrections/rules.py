"""The rules of corrections (Regulation on Government Data Sharing, article 26; SR below).

What is proposed is never compared with what is stored: whoever sees a value masked could else try values until one is
told to be the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.catalog.predicate import admits
from hub.domain import CATALOGUE
from hub.domain.codes import Department
from hub.process.errors import RuleRefuses
from hub.process.rules import Asked, Rules
from hub.store.tables import ORIGINS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.catalog import Entity, Field
    from hub.policy import Policies
    from hub.write import Transaction

ENTITY: Final = "Correction"
ABOUT: Final[Mapping[str, str]] = {"person": "Person", "household": "Household", "recipient": "Recipient"}
"""The links, and the entities whose values may be disputed."""
LEAST: Final = 8
"""Characters that reasons have at least: a dash is no reason."""
_SAME: Final = """
SELECT EXISTS (SELECT FROM correction WHERE id <> $1 AND {column} = $2 AND item = $3 AND requester = $4
AND state IN ('OPEN', 'CONFIRMED'))
"""


@dataclass(frozen=True, slots=True)
class CorrectionRules:
    """What the rules know besides the row. ``policies``: None where the hub takes its own steps only."""

    policies: Policies | None

    def opened(self, asked: Asked) -> None:
        """A value that the partner sees, that a source provided, and another department than its own."""
        _link, entity, row = _about(asked)
        field = self._item(asked, entity, row)
        source = _source(row, field)
        if source is None:
            raise RuleRefuses(
                f"No source provided {_name(entity, field)} of this row: the hub made it, or nobody states it. "
                "There is no department that could correct it.", field="item", article="SR 26",
            )  # fmt: skip
        if asked.by is not None and department_of(source) in (None, _code(asked.by.department)):
            raise RuleRefuses(
                f"Your own department provided it ({source}): correct it in your own database, and the next "
                "synchronisation brings it.", field="item", article="SR 26",
            )  # fmt: skip
        _stated(asked, "reasons")

    def _item(self, asked: Asked, entity: Entity, row: Mapping[str, Any]) -> Field:
        """The field that is disputed. One that does not exist and one that may not be seen are told alike."""
        named = asked.given["item"]
        for field in entity.fields.values():
            if _name(entity, field) == named and field.name != "id" and self._seen(asked, entity, field, row):
                return field
        raise RuleRefuses(
            f"There is no item {named} of this {entity.name} for you. Name it as the data catalogue does, for example "
            f"{entity.name}.region.", field="item",
        )  # fmt: skip

    def _seen(self, asked: Asked, entity: Entity, field: Field, row: Mapping[str, Any]) -> bool:
        if self.policies is None or asked.by is None:
            return True
        return any(
            admits(self.policies.decide(asked.by, action, entity, field.name).where, row)
            for action in ("read", "readMasked")
        )


def upheld(asked: Asked) -> None:
    """Who stands by a value says what was looked at."""
    _stated(asked, "findings")


def department_of(source: str) -> str | None:
    """The code of the department whose source it is; None where it is no department's."""
    code = _code(source)
    return code if code in Department.__members__ else None


def _code(name: str) -> str:
    return name.upper().replace("-", "_")


def _about(asked: Asked) -> tuple[str, Entity, Mapping[str, Any]]:
    named = [name for name in ABOUT if asked.given.get(name) is not None]
    if len(named) != 1:
        raise RuleRefuses(
            "Say whose value it is: the id of one person, or of one household, or of one recipient.", field="person"
        )
    return named[0], CATALOGUE[ABOUT[named[0]]], asked.linked[named[0]]


def _name(entity: Entity, field: Field) -> str:
    return f"{entity.name}.{field.graphql}"


def _source(row: Mapping[str, Any], field: Field) -> str | None:
    found: str | None = row[ORIGINS].get(field.name)
    return found


def _stated(asked: Asked, name: str) -> None:
    if len((asked.value(name) or "").strip()) < LEAST:
        raise RuleRefuses(f"Say it in words: at least {LEAST} characters.", field=name)


def _begun(asked: Asked) -> Mapping[str, Any]:
    """Whose it is, and where: nobody has to know who provided what. What the item must be is for the guard."""
    link, entity, row = _about(asked)
    field = next((each for each in entity.fields.values() if _name(entity, each) == asked.given["item"]), None)
    source = None if field is None else _source(row, field)
    begun = {
        "item_class": "" if field is None else field.sensitivity.name,
        "region": row.get("region"),
        "source": source,
        "provider": None if source is None else department_of(source),
    }
    if link == "person":
        begun["id_number"] = row["id_number"]
    return begun | ({"person": row["person"]} if link == "recipient" else {})


async def _once(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Two cases about one value would be two answers to one question."""
    link = next(name for name, entity in ABOUT.items() if entity == row["item"].partition(".")[0])
    await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{row[link]} {row['item']}")
    if await tx.connection.fetchval(
        _SAME.format(column=CATALOGUE[ENTITY].stored_links[link].column),
        row["id"], row[link], row["item"], row["requester"],
    ):  # fmt: skip
        raise RuleRefuses(f"You have asked for this already: a correction of {row['item']} of this row is open.")


def correction_rules(policies: Policies | None = None) -> Rules:
    """The file of rules of ``Correction``."""
    return Rules(
        ENTITY,
        guards={"open": CorrectionRules(policies).opened, "uphold": upheld},
        sets={"open": _begun},
        with_steps={"open": _once},
        looks_at=tuple(ABOUT),
    )
