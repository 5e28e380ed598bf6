"""Draws policies of every shape that a bundle may have: heads, conditions, and all that may be said of a row.

The shipped policies have few of these shapes; the hub has to be right for all that a bundle may say. What can be
tested of a row follows from the Cedar types of its attributes: a new type needs its tests in ``ROW_TESTS``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from graphql import parse, validate

from hub.catalog import Field, Sensitivity
from hub.domain import CATALOGUE
from hub.domain.codes import Department
from hub.policy import ACTIONS, Policies, PolicyError, bundle
from hub.policy.grants import STANDINGS
from hub.policy.schema import cedar_type
from property.cedar import Oracle
from property.irregular import REGIONS, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from random import Random

    from hub.catalog import Entity
    from property.answering import Pairs
    from property.asking import Difference

TERMS = """
purposes:
  review: {zh: 审核, en: Reviewing}
  check: {zh: 核对, en: Checking}
  counting: {zh: 统计, en: Counting}
roles:
  clerk: {zh: 经办, en: Clerk, purposes: [review, check]}
  analyst: {zh: 统计员, en: Analyst, purposes: [check, counting]}
  helper: {zh: 协助者, en: Helper, purposes: [review]}
"""
"""Few, so that chance makes a viewer and its policies meet."""
ROLES = ("clerk", "analyst", "helper")
PURPOSES = ("review", "check", "counting")
NAMES = ("a", "10", "中文", "civil-affairs")
"""Names of partners: what rows may say of one, and what policies compare it with."""
DEPARTMENTS = (*(department.name for department in Department), "civil-affairs", "a")
REFUSED = re.compile(r"drawn(?::\d+)?: policy (\d+)")

AGREEMENTS_COUNT = 0.4
"""In so many bundles nothing is permitted that is not agreed, as in the shipped one."""
OF_OTHER_DIVISIONS = """unless {
    ["unneeded", "own"].contains(context.agreement) ||
    (resource has region && resource.region in context.grantedRegions)
}"""
OVER = 'when { ["suspended", "ended"].contains(context.agreement) }'
AGREED = [
    f'@id("NAME")\n@reason("not agreed")\n@reason_zh("未约定")\nforbid (principal, action, resource)\n{condition};'
    for condition in ("unless { context.granted }", OVER, OF_OTHER_DIVISIONS)
]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bundle as the hub has it, and Cedar's own reading of the same text."""

    policies: Policies
    oracle: Oracle
    texts: Mapping[str, str]


def drawn(random: Random, entities: Iterable[Entity] = CATALOGUE) -> Drawn:
    """Draw a bundle about these entities."""
    chance = Chance(random)
    texts = [text for entity in entities for text in chance.of(entity)]
    texts += [chance.of_several() for _ in range(random.randrange(5))]
    texts += AGREED if random.random() < AGREEMENTS_COUNT else ()
    return accepted({f"{at:03}": text.replace("NAME", f"{at:03}") for at, text in enumerate(texts)}, TERMS)


def accepted(texts: dict[str, str], terms: str) -> Drawn:
    """Make a bundle of what may be in one: what is refused is taken away.

    How few values a mask leaves is not asked: any mask may be excused, and to ask takes longer than all else.
    """
    while True:
        text = "\n".join(texts.values())
        try:
            with patch("hub.policy.load.narrowed", return_value=()):
                made = bundle({"drawn": text}, terms, CATALOGUE)
        except PolicyError as refused:
            if (named := REFUSED.match(str(refused))) is None:
                raise
            del texts[named[1]]
        else:
            return Drawn(made, Oracle.of(text, made.terms), texts)


async def fewest(drawn: Drawn, pairs: Pairs, difference: Difference) -> str:
    """The policies without which the difference would not be there."""
    texts, size = dict(drawn.texts), len(drawn.texts)
    while size := size // 2:
        for names in batched(list(texts), size):
            fewer = {name: text for name, text in texts.items() if name not in names}
            made = accepted(dict(fewer), TERMS)
            pair = pairs.of(made.policies, made.oracle)
            if validate(pair.schema(difference.principal), parse(difference.text)):
                continue
            if difference.alike(await difference.again(pair)):
                texts = fewer
    return "\n".join(texts.values())


def batched(names: list[str], size: int) -> list[frozenset[str]]:
    return [frozenset(names[at : at + size]) for at in range(0, len(names), size)]


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws the policies of one bundle."""

    random: Random
    wording: Wording = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wording", Wording(self.random))

    def of(self, entity: Entity) -> list[str]:
        """Policies for an entity: rows, then its items in groups, each on a condition of its own."""
        items = [*(name for name in entity.fields if name != "id"), *entity.stored_links, *entity.many]
        self.random.shuffle(items)
        found = [self.rule("permit", entity, ["read"], ["id"]) for _ in range(2)]
        size = max(1, len(items) // 3)
        for start in range(0, len(items), size):
            group = items[start : start + size]
            found.append(self.rule("permit", entity, ["read"], group))
            if self.random.random() < 0.5:
                found.append(self.rule("permit", entity, ["read", "filter"], group))
            found.append(self.rule("permit", entity, ["readMasked"], group))
            found.append(self.rule("permit", entity, ["filter", "sort", "lookup", "aggregate"], group))
        if self.random.random() < 0.5:
            some = self.random.sample(items, max(1, len(items) // 4))
            found.append(self.rule("forbid", entity, ["read", "filter", "aggregate"], some))
        return found

    def of_several(self) -> str:
        """A policy about a group of entities, or about all."""
        entity = self.random.choice([entity for entity in CATALOGUE if entity.groups])
        item = self.random.choice(list(entity.fields))
        return self.rule("forbid" if self.random.random() < 0.3 else "permit", entity, ["read"], [item], several=True)

    def rule(self, effect: str, entity: Entity, actions: list[str], items: list[str], *, several: bool = False) -> str:
        """One policy, on a condition."""
        words = self.wording
        fields = words.listed(items)
        guard = f"resource is {entity.name} && " if several else ""
        wanted = f"[{fields}].contains(context.field)"
        parts = [f"when {{ {wanted} }}" if self.random.random() < 0.8 else f"unless {{ !{wanted} }}"]
        kind = self.random.choice(("when", "when", "when", "unless"))
        # A forbid that cuts everything, and a permit that gives everything, are told apart from nothing.
        depth = self.random.choice((0, 1, 1, 2, 2, 3))
        condition = words.condition(entity, depth)
        if effect == "forbid":
            condition = f"({words.row_test(entity)}) && ({condition})"
        condition = f"!({guard}({condition}))" if kind == "unless" else f"{guard}({condition})"
        parts.append(f"{kind} {{ {condition} }}")
        if self.random.random() < 0.2:
            parts.append(f"{self.random.choice(('when', 'unless'))} {{ {guard}({words.test(entity)}) }}")
        self.random.shuffle(parts)
        head = f"{self.principal()}, {self.action(actions)}, {self.resource(entity, several=several)}"
        return f'@id("NAME")\n@reason("drawn")\n@reason_zh("抽取")\n{effect} ({head})\n' + "\n".join(parts) + ";"

    def principal(self) -> str:
        role = self.random.choice(ROLES)
        ways = ("principal", "principal is Partner", f'principal in Role::"{role}"')
        return self.random.choice((*ways, "principal", f'principal is Partner in Role::"{role}"'))

    def action(self, actions: list[str]) -> str:
        named = ", ".join(f'Action::"{action}"' for action in actions)
        if self.random.random() < 0.05:
            return "action"
        if len(actions) == 1:
            return self.random.choice((f"action == {named}", f"action in [{named}]", f"action in {named}"))
        return f"action in [{named}]"

    def resource(self, entity: Entity, *, several: bool) -> str:
        if not several:
            return f"resource is {entity.name}"
        group = self.random.choice(entity.groups)
        return self.random.choice(("resource", f'resource in EntityGroup::"{group.name}"'))


@dataclass(frozen=True, slots=True)
class Wording:
    """Draws conditions in Cedar's syntax."""

    random: Random

    def condition(self, entity: Entity, depth: int) -> str:
        """An expression about the row and what is asked."""
        way = self.random.random()
        if not depth or way < 0.25:
            return self.test(entity)
        if way < 0.8:
            joined = self.random.choice(("&&", "||", "||"))
            return f"({self.condition(entity, depth - 1)}) {joined} ({self.condition(entity, depth - 1)})"
        if way < 0.9:
            return f"!({self.condition(entity, depth - 1)})"
        parts = [self.condition(entity, depth - 1) for _ in range(3)]
        return "if ({}) then ({}) else ({})".format(*parts)

    def test(self, entity: Entity) -> str:
        """A test without parts."""
        way = self.random.random()
        if way < 0.08:
            return "true"
        if way < 0.3:
            return self.request_test(entity)
        return self.row_test(entity)

    def row_test(self, entity: Entity) -> str:
        """A test of one attribute of the row, with the guard that Cedar demands of one that may be absent."""
        if not entity.policy_fields or self.random.random() < 0.05:
            return self.kind_test(entity)
        item = self.random.choice(entity.policy_fields)
        made = self.random.choice(ROW_TESTS[cedar_type(entity, item)])(self, item, f"resource.{item.name}")
        if not item.nullable:
            return made
        has, other = f"resource has {item.name}", self.random.choice(("true", "false", self.kind_test(entity)))
        return self.random.choice(
            (
                f"{has} && {made}",
                f"{has} && {made}",
                f"{has} && !({made})",
                f"!({has})",
                f"!({has} && {made})",
                f"if {has} then {made} else {other}",
                f"if !({has}) then {other} else ({has} && {made})",
                f"!({has}) || ({has} && {made})",
            )
        )

    def kind_test(self, entity: Entity) -> str:
        """A test of what kind of row it is."""
        groups = [f'EntityGroup::"{group.name}"' for each in CATALOGUE for group in each.groups]
        named = [*self.random.sample(groups, 2), *(f'EntityGroup::"{group.name}"' for group in entity.groups)]
        other = self.random.choice(list(CATALOGUE))
        return self.random.choice(
            (f"resource is {entity.name}", f"resource is {other.name}", f"resource in {self.random.choice(named)}",
             f"resource in [{', '.join(sorted(set(named)))}]", f"!(resource is {other.name})")
        )  # fmt: skip

    def request_test(self, entity: Entity) -> str:
        """A test of who asks, for what, and what agreements say."""
        subject = self.random.choice(tuple(REQUEST_TESTS))
        made: str = self.random.choice(REQUEST_TESTS[subject])(self, entity)
        return made

    def some(self, words: Sequence[str], most: int = 3) -> list[str]:
        return self.random.sample(words, self.random.randrange(1, min(most, len(words)) + 1))

    @staticmethod
    def listed(words: Iterable[str]) -> str:
        return ", ".join(f'"{word}"' for word in words)

    def divisions(self, most: int = 3) -> list[str]:
        return [f'Division::"{code}"' for code in self.some(sorted(set(REGIONS)), most)]

    def one_division(self) -> str:
        return self.divisions(1)[0]

    def set_of_divisions(self) -> str:
        known = ("principal.regions", "principal.prefectures", "context.grantedRegions")
        return self.random.choice((*known, f"[{', '.join(self.divisions())}]"))

    def word(self, item: Field) -> str:
        """A constant of the kind that the attribute is."""
        known = sorted(set(map(str, values(item))))
        if item.codes is not None:
            return f'"{self.random.choice(known)}"'
        literal = '"{}"'.format(self.random.choice([word for word in known if word.isalnum()] or ["a"]))
        return self.random.choice((literal, literal, "principal.name", "principal.department", "context.purpose"))

    def set_of_words(self, item: Field) -> str:
        made = f"[{', '.join(self.word(item) for _ in range(self.random.randrange(1, 4)))}]"
        return self.random.choice((made, made, "principal.purposes", "context.grantedBy"))

    def same(self, name: str, other: str) -> str:
        return self.compared(name, other, ("==", "!="))

    def compared(self, name: str, other: str, signs: Sequence[str] = ("<", "<=", ">", ">=", "==", "!=")) -> str:
        sides = [name, other]
        self.random.shuffle(sides)
        return f" {self.random.choice(signs)} ".join(sides)

    def decimals(self, name: str, other: str) -> str:
        sides = [name, other]
        self.random.shuffle(sides)
        tests = ("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual")
        return f"{sides[0]}.{self.random.choice(tests)}({sides[1]})"


ROW_TESTS: Mapping[str, Sequence[Any]] = {
    "Division": (
        lambda say, _item, name: f"{name} in {say.one_division()}",
        lambda say, _item, name: f"{name} in {say.set_of_divisions()}",
        lambda say, _item, name: f"{name} in {say.set_of_divisions()}",
        lambda say, _item, name: f"{say.set_of_divisions()}.contains({name})",
        lambda say, _item, name: say.same(name, say.one_division()),
    ),
    "String": (
        lambda say, item, name: say.same(name, say.word(item)),
        lambda say, item, name: say.same(name, say.word(item)),
        lambda say, item, name: f"{say.set_of_words(item)}.contains({name})",
    ),
    "Bool": (
        lambda _say, _item, name: name,
        lambda say, _item, name: say.same(name, say.random.choice(("true", "false", "context.granted"))),
        lambda say, _item, name: f"[{say.random.choice(('true', 'false', 'true, false'))}].contains({name})",
    ),
    "Long": (lambda say, item, name: say.compared(name, str(say.random.choice(sorted(set(values(item)))))),),
    "datetime": (lambda say, item, name: say.compared(name, f'datetime("{say.random.choice(values(item))}")'),),
    "decimal": (lambda say, item, name: say.decimals(name, f'decimal("{say.random.choice(values(item)):.4f}")'),),
}
"""By an attribute's Cedar type: what may be tested of it. Each takes the wording, the field and how it is named."""


def _word_tests(name: str, words: Callable[[Entity], Sequence[str]]) -> Sequence[Any]:
    """Tests of one word of the context."""
    return (
        lambda say, entity: say.same(name, f'"{say.random.choice(words(entity))}"'),
        lambda say, entity: f"[{say.listed(say.some(words(entity)))}].contains({name})",
        lambda say, entity: f"[{say.listed(say.some(words(entity), 9))}].contains({name})",
        lambda say, entity: f'{name} like "{say.random.choice(words(entity))[0]}*"',
    )


def _set_tests(name: str, made: Callable[[Wording], list[str]]) -> Sequence[Any]:
    """Tests of a set that does not depend on the row."""
    return (
        lambda say, _entity: f"{name}.contains({made(say)[0]})",
        lambda say, _entity: f"{name}.containsAny([{', '.join(made(say))}])",
        lambda say, _entity: f"{name}.containsAll([{', '.join(made(say))}])",
        lambda say, _entity: f"[{', '.join(made(say))}].containsAll({name})",
        lambda _say, _entity: f"{name}.isEmpty()",
        lambda say, _entity: say.same(name, f"[{', '.join(made(say))}]"),
    )


def _items(entity: Entity) -> Sequence[str]:
    return [*entity.fields, *entity.stored_links, *entity.many]


def _departments(say: Wording) -> list[str]:
    return [f'"{name}"' for name in say.some(DEPARTMENTS)]


REQUEST_TESTS: Mapping[str, Sequence[Any]] = {
    "purpose": (
        *_word_tests("context.purpose", lambda _: PURPOSES),
        lambda _say, _entity: "principal.purposes.contains(context.purpose)",
    ),
    "field": _word_tests("context.field", _items),
    "class": _word_tests("context.class", lambda _: [each.name.lower() for each in Sensitivity]),
    "kind": _word_tests("context.kind", lambda _: ("field", "link")),
    "granted": (lambda _say, _entity: "context.granted", lambda say, _entity: say.same("context.granted", "true")),
    "agreement": _word_tests("context.agreement", lambda _: sorted(STANDINGS)),
    "grantedBy": _set_tests("context.grantedBy", _departments),
    "grantedRegions": (
        *_set_tests("context.grantedRegions", Wording.divisions),
        lambda _say, _entity: "context.grantedRegions.containsAny(principal.regions)",
        lambda _say, _entity: "principal.regions.containsAll(context.grantedRegions)",
    ),
    "regions": _set_tests("principal.regions", Wording.divisions),
    "prefectures": _set_tests("principal.prefectures", Wording.divisions),
    "purposes": _set_tests("principal.purposes", lambda say: [f'"{name}"' for name in say.some(PURPOSES)]),
    "partner": (
        lambda say, _entity: f'principal in Role::"{say.random.choice(ROLES)}"',
        lambda say, _entity: (
            f"principal in [{', '.join(f'Role::{chr(34)}{name}{chr(34)}' for name in say.some(ROLES))}]"
        ),
        lambda _say, _entity: "principal is Partner",
        lambda say, _entity: say.same("principal.department", _departments(say)[0]),
        lambda say, _entity: say.same("principal.name", f'"{say.random.choice(NAMES)}"'),
        lambda _say, _entity: 'principal.name like "*a*"',
        lambda _say, _entity: "principal has department",
    ),
    "action": (
        lambda say, _entity: say.same("action", f'Action::"{say.random.choice(ACTIONS)}"'),
        lambda say, _entity: "action in [" + ", ".join(f'Action::"{name}"' for name in say.some(ACTIONS)) + "]",
    ),
    "nothing": (lambda _say, _entity: "true", lambda _say, _entity: "false"),
}
"""By what a test is about that does not depend on the row: each takes the wording and the entity."""
