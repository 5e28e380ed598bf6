"""``hub policy explain``: why a viewer may, or may not, see a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from hub.cli.explain import principal_of
from hub.cli.policy_source import SOURCE_HELP, packed_from
from hub.cli.terminal import out, print_json, run
from hub.domain import CATALOGUE
from hub.errors import SettingsError
from hub.policy.decide import possible
from hub.policy.matrix import in_words, sample
from hub.policy.schema import ACTIONS, STEP
from hub.runtime import running
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.catalog import Entity
    from hub.policy import Decision, Policies, Principal

_NO_ROW = "no row"


def explain(
    viewer: Annotated[str, typer.Argument(help="A partner's name; or a role, for any partner in it")],
    purpose: Annotated[str, typer.Argument(help="The purpose that it would declare")],
    what: Annotated[str, typer.Argument(metavar="ENTITY[.FIELD]", help="For example Need, or Need.description")],
    policies: Annotated[str | None, typer.Option("--policies", help=f"{SOURCE_HELP}. Only for roles")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
) -> None:
    """Say why a viewer may see a field, or may not (解释权限).

    For every right: in which rows, by which policies, and the reasons that these state. A partner is explained by the
    policies in force and with its agreements of today; a role by schema/policies, as if agreements covered everything.

    \b
    Examples:
      hub policy explain charity charity-matching Need.description
      hub policy explain jianshan-civil-affairs assistance-review Person
    """
    found = run(_explained(viewer, purpose, what, policies))
    if as_json:
        print_json(found)
    else:
        _print(found)


async def _explained(viewer: str, purpose: str, what: str, source: str | None) -> dict[str, Any]:
    entity, item = _named(what)
    local = (
        packed_from(source).policies(CATALOGUE) if source is not None or Settings.load().policy_keys is None else None
    )
    if local is not None and viewer in local.terms.roles:
        if purpose not in local.terms.purposes:
            raise SettingsError(f"There is no purpose {purpose}. Known are {', '.join(sorted(local.terms.purposes))}.")
        return _found(local, sample(viewer, purpose), entity, item)
    if source is not None:
        raise SettingsError(f"{viewer} is no role of {source}. Partners are explained by the policies in force.")
    settings = Settings.load()
    settings.require_existing()
    async with running(settings) as runtime:
        principal = await principal_of(runtime, viewer, purpose)
        return _found(runtime.engine.policies, principal, entity, item)


def _named(what: str) -> tuple[Entity, str | None]:
    name, _, item = what.partition(".")
    if name not in CATALOGUE.entities:
        raise SettingsError(f"There is no entity {name}. There are {', '.join(sorted(CATALOGUE.entities))}.")
    entity = CATALOGUE[name]
    if not item:
        return entity, None
    names = {member.graphql: key for key, member in entity.members.items()}
    steps = () if entity.process is None else tuple(entity.process.steps)
    known = names.get(item, item)
    if known not in (*entity.fields, *entity.links, *entity.many, *steps):
        raise SettingsError(f"{name} has no field {item}. It has {', '.join((*entity.fields, *entity.links, *steps))}.")
    return entity, known


def _found(policies: Policies, principal: Principal, entity: Entity, item: str | None) -> dict[str, Any]:
    items = (*entity.fields, *entity.links, *entity.many) if item is None else (item,)
    return {
        "purpose": principal.purpose,
        "roles": sorted(principal.roles),
        "entity": entity.name,
        "rows": _said(policies, policies.rows(principal, entity)),
        "items": {
            name: {
                action: _said(policies, policies.decide(principal, action, entity, name))
                for action in (*ACTIONS, STEP)
                if possible(action, entity, name)
            }
            for name in items
        },
        "alone": item is not None,
    }


def _said(policies: Policies, decision: Decision) -> dict[str, Any]:
    return {
        "rows": in_words(decision.where),
        "why": decision.reason,
        "policies": [
            {
                "id": name,
                "effect": policies.policies[name]["effect"],
                "reason": None
                if (reason := policies.reasons.get(name)) is None
                else {"en": reason.en, "zh": reason.zh},
            }
            for name in decision.policies
        ],
    }


def _print(found: dict[str, Any]) -> None:
    who = ", ".join(found["roles"]) or "a partner without a role"
    out.print(f"{found['entity']} for {who}, purpose {found['purpose']}", style="bold", markup=False)
    out.print("\nRows that exist for it 可见记录:", markup=False)
    _print_right(found["rows"])
    for name, rights in found["items"].items():
        if found["alone"]:
            for action, right in rights.items():
                out.print(f"\n{action} of {name}:", markup=False)
                _print_right(right)
            continue
        granted: dict[str, list[str]] = {}
        for action, right in rights.items():
            if right["rows"] != _NO_ROW:
                granted.setdefault(right["rows"], []).append(action)
        out.print(f"\n  {name}", style="bold" if granted else "dim", markup=False)
        for rows, actions in granted.items():
            _indented(f"{', '.join(actions)}: {rows}", 4)
        if not granted:
            _indented("nothing 无", 4)
    if not found["alone"]:
        out.print(f"\nWhy 理由: hub policy explain … {found['entity']}.FIELD", style="dim", markup=False)


def _print_right(right: dict[str, Any]) -> None:
    allowed = right["rows"] != _NO_ROW
    _indented(right["rows"], 2, "green" if allowed else "red")
    if not allowed:
        _indented(right["why"], 4)
    for policy in right["policies"]:
        _indented(f"{policy['effect']:<6} {policy['id']}", 4)
        if policy["reason"] is not None:
            _indented(f"{policy['reason']['en']}\n{policy['reason']['zh']}", 11)


def _indented(text: str, by: int, style: str = "") -> None:
    out.print(Padding(Text(text, style=style), (0, 0, 0, by)))
