"""The Cedar schema, derived from the declarations.

Every entity is a resource type with the fields that its declaration opens to policies; a nullable field is
an optional attribute, so the validator refuses a policy that uses it without asking ``resource has`` first.
Its rows are in the groups that it is declared to belong to, so a policy says ``resource in EntityGroup::"…"``.
Divisions form a hierarchy (230502 in 2305 in 23). Every action applies to every entity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.catalog import RegionCode, Scalar
from hub.policy.errors import PolicyError
from hub.policy.expression import GROUP_TYPE

if TYPE_CHECKING:
    from hub.catalog import Catalogue, Entity, Field, Process
    from hub.policy.terms import Terms

STEP: Final = "step"
"""Kind of an action that is a step of a process; in Cedar each step is an action of its own."""
ACTIONS: Final = ("read", "readMasked", "lookup", "filter", "sort", "aggregate")

_TAKEN: Final = frozenset({"Action", "Division", GROUP_TYPE, "Item", "Partner", "Role"})

_HEAD: Final = """\
// Derived from src/hub/domain and purposes.yaml. Do not edit; `hub schema derive` writes it.

entity Role enum [{roles}];

// An administrative division; its parents are the divisions that contain it.
entity Division in [Division];

entity Partner in [Role] {{
  // By which rows name it.
  name: String,
  // As the code list of departments spells it.
  department: String,
  // What the partner's roles may declare as purpose.
  purposes: Set<String>,
  // In the partner's charge.
  regions: Set<Division>,
  // The prefectures that these lie in.
  prefectures: Set<Division>,
}};

// What the action is about: a field or a link of the resource.
type Item = {{
  field: String,
  kind: String,
  class: String,
  purpose: String,
  // What agreements say of it: whether it is covered at all, how the agreement stands, of which departments' rows, in
  // which divisions. "unneeded": shared unconditionally, or the hub's own; "own": the partner's department provides it.
  granted: Bool,
  agreement: String,
  grantedBy: Set<String>,
  grantedRegions: Set<Division>,
}};
"""


def derive(catalogue: Catalogue, terms: Terms) -> str:
    """Return the schema in Cedar's own syntax; ``PolicyError`` for a field that policies cannot use."""
    parts = [_HEAD.format(roles=", ".join(f'"{role}"' for role in terms.roles))]
    # By name: the order of declaration is that of imports, which a digest must not depend on.
    entities = sorted(catalogue, key=lambda entity: entity.name)
    parts += _groups(entities)
    parts += [_resource(entity) for entity in entities]
    names = ", ".join(entity.name for entity in entities)
    parts.append(
        f"action {', '.join(ACTIONS)} appliesTo {{\n"
        f"  principal: [Partner],\n  resource: [{names}],\n  context: Item,\n}};\n"
    )
    parts += [_steps(entity, entity.process) for entity in entities if entity.process is not None]
    return "\n".join(parts)


def _steps(entity: Entity, process: Process) -> str:
    actions = ", ".join(step.mutation(entity.name) for step in process.steps.values() if not step.automatic)
    return (
        f"// Steps that partners take with {entity.name}.\n"
        f"action {actions} appliesTo {{\n  principal: [Partner],\n  resource: [{entity.name}],\n  context: Item,\n}};\n"
    )


def _groups(entities: list[Entity]) -> list[str]:
    """The groups that there are, with what each is and who is in it."""
    known = {group.name: group for entity in entities for group in entity.groups}
    if not known:
        return []
    about = "".join(
        f"// {group.name}: {group.zh}; {group.en}\n"
        f"//   {', '.join(entity.name for entity in entities if group in entity.groups)}\n"
        for _, group in sorted(known.items())
    )
    names = ", ".join(f'"{name}"' for name in sorted(known))
    return [f"// Entities that policies speak of together.\n{about}entity {GROUP_TYPE} enum [{names}];\n"]


def _resource(entity: Entity) -> str:
    if entity.name in _TAKEN:
        raise PolicyError(f"The entity {entity.name} has the name of a type that the policy schema defines itself.")
    lines = [
        f"  {field.name}{'?' if field.nullable else ''}: {cedar_type(entity, field)},\n"
        for field in entity.policy_fields
    ]
    grouped = f" in [{GROUP_TYPE}]" if entity.groups else ""
    body = f" {{\n{''.join(lines)}}}" if lines else ""
    return f"// {entity.zh}: {entity.en}\nentity {entity.name}{grouped}{body};\n"


def cedar_type(entity: Entity, field: Field) -> str:
    """Return the attribute's Cedar type; ``PolicyError`` if values of this type have none."""
    if not isinstance(field.type, Scalar):
        return "String"
    if field.type is RegionCode:
        return "Division"
    match field.type.storage:
        case "text":
            return "String"
        case "boolean" | "days":
            return "Bool"
        case "integer" | "bigint":
            return "Long"
        case "numeric":
            return "decimal"  # amounts have two decimals and less than 10^12; Cedar's have four and less than 9 * 10^14
        case "date":
            return "datetime"  # its first moment in UTC
        case _:
            raise PolicyError(
                f"{entity.name}.{field.name} cannot be used by policies: {field.type.name} has no test there."
            )
