"""Drafts of golden cases: what a file of cases does not say yet, as the policies decide it now.

A draft is marked, and disagrees with the policies for as long as it is: a person reads it, and then takes the mark away
or mends the policy. What a file says already is never changed, right or wrong.
"""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import yaml

from hub.policy.cases import NEVER, CaseViewer, collected, decided, provided, read_cases
from hub.policy.decide import possible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.catalog import Catalogue, Entity
    from hub.policy.cases import Expected, PurposeRights
    from hub.policy.decide import Policies
    from hub.policy.principal import Principal

_WIDTH = 118


def new_cases(role: str, division: str, policies: Policies, catalogue: Catalogue) -> str:
    """Return a file of drafts for a role that has no cases: of a viewer in charge of the division."""
    about = policies.terms.roles[role]
    viewer = CaseViewer(department=role, roles=frozenset({role}), regions=frozenset({division}), granted=("*",))
    head = (
        "# yaml-language-server: $schema=case.schema.json\n"
        f"# {about.zh} {about.en} ({division}).\n"
        "# Every right and every cutting forbid; what is not named is denied by having no permit.\n\n"
        f'viewer:\n  department: {role}\n  roles: [{role}]\n  regions: ["{division}"]\n  granted: ["*"]\n\nrights:\n'
    )
    return head + "\n".join(_blocks(viewer, about.purposes, policies, catalogue)) + "\n"


def with_drafts(text: str, file: str, policies: Policies, catalogue: Catalogue) -> str:
    """Return the text of a file of cases with drafts of all that it lacks; lines are only added.

    What is decided differently for the purposes of one block is left out: it is told as a difference, and the block
    must be divided first. Raises ``PolicyError`` for a file that does not read.
    """
    cases = read_cases(text, file)
    lines = text.splitlines()
    added: dict[int, list[str]] = {}
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for rights, block in zip(cases.rights, _value(root, "rights").value, strict=True):
        principals = [cases.viewer.principal(purpose) for purpose in rights.purposes]
        for place, drafts in _lacking(rights, _value(block, "entities"), principals, policies, catalogue):
            added.setdefault(place, []).extend(drafts)
    named = {purpose for rights in cases.rights for purpose in rights.purposes}
    purposes = sorted(policies.terms.purposes_of(cases.viewer.roles) - named)
    added.setdefault(len(lines), []).extend(_blocks(cases.viewer, purposes, policies, catalogue))
    whole = list(added.get(0, ()))
    for number, line in enumerate(lines, start=1):
        whole += [line, *added.get(number, ())]
    return "\n".join(whole) + "\n"


def _lacking(
    rights: PurposeRights, node: yaml.Node, principals: Sequence[Principal], policies: Policies, catalogue: Catalogue
) -> Iterator[tuple[int, list[str]]]:
    """Yield drafts with the line that each stands behind."""
    places = {key.value: (key, value) for key, value in node.value}
    for entity in sorted(catalogue, key=lambda entity: entity.name):
        listed = rights.entities.get(entity.name)
        if listed == "never":
            continue
        expected: dict[tuple[str, str], Expected] = {}
        _ = list(collected(listed or (), entity, "", expected))
        drafts = _drafts(entity, principals, policies, expected)
        if listed is not None:
            if drafts:
                yield _last_line(places[entity.name][1]), drafts
            continue
        later = [key for name, (key, _) in sorted(places.items()) if name > entity.name]
        line = later[0].start_mark.line if later else _last_line(node)
        yield line, _entity(entity, drafts)


def _blocks(viewer: CaseViewer, purposes: Sequence[str], policies: Policies, catalogue: Catalogue) -> list[str]:
    """Return blocks of drafts for purposes that no block names; purposes with equal drafts share one."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for purpose in purposes:
        lines: list[str] = []
        for entity in sorted(catalogue, key=lambda entity: entity.name):
            lines += _entity(entity, _drafts(entity, [viewer.principal(purpose)], policies, {}))
        shared.setdefault(tuple(lines), []).append(purpose)
    return [
        line
        for lines, names in shared.items()
        for line in (f"  - purposes: [{', '.join(names)}]", "    entities:", *lines)
    ]


def _entity(entity: Entity, drafts: list[str]) -> list[str]:
    return [f"      {entity.name}:", *drafts] if drafts else [f"      {entity.name}: never"]


def _drafts(
    entity: Entity, principals: Sequence[Principal], policies: Policies, expected: dict[tuple[str, str], Expected]
) -> list[str]:
    """Return the lines of the cases that are not expected yet, and are decided alike for all principals."""
    found: dict[Expected, dict[str, list[str]]] = {}
    for action, item in provided(entity):
        decisions = {decided(policies.decide(principal, action, entity, item)) for principal in principals}
        if (action, item) not in expected and len(decisions) == 1 and (decision := decisions.pop()) != NEVER:
            found.setdefault(decision, {}).setdefault(item, []).append(action)
    lines: list[str] = []
    for (where, by), items in found.items():
        left = items
        while left:
            actions = max(left.values(), key=len)
            # An action counts where the declaration provides for it: such items can share a case.
            alike = [
                item
                for item, own in left.items()
                if own == [action for action in actions if possible(action, entity, item)]
            ]
            lines += _case(alike, actions, where, sorted(by))
            left = {item: own for item, own in left.items() if item not in alike}
    return lines


def _case(items: Sequence[str], actions: Sequence[str], where: str, by: Sequence[str]) -> list[str]:
    named = ", ".join(items)
    lines = [f"        - items: [{named}]"]
    if len(lines[0]) > _WIDTH:
        inside = " " * 12
        folded = fill(named, _WIDTH, initial_indent=inside, subsequent_indent=inside).splitlines()
        lines = ["        - items: [", *folded, "          ]"]
    quoted = yaml.safe_dump({"where": where}, allow_unicode=True, width=10_000).strip()
    return [
        *lines,
        f"          actions: [{', '.join(actions)}]",
        f"          {quoted}",
        f"          by: [{', '.join(by)}]",
        "          draft: true",
    ]


def _value(node: yaml.Node | None, name: str) -> yaml.Node:
    """Return what stands under a key; the file was read already, so that it is there."""
    found: yaml.Node = next(value for key, value in node.value if key.value == name)  # type: ignore[union-attr] # as said
    return found


def _last_line(node: yaml.Node) -> int:
    """Return the last line of a node's own text; a block's end mark stands behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.line) + 1
