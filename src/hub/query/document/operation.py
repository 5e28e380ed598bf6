"""Step 2 of a query: a document becomes an ``Operation``, parsed, validated and within limits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    FieldNode,
    FieldsOnCorrectTypeRule,
    FragmentDefinitionNode,
    GraphQLError,
    KnownArgumentNamesRule,
    KnownTypeNamesRule,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    ValuesOfCorrectTypeRule,
    get_variable_values,
    parse,
    specified_rules,
    validate,
)

from hub.cache import Cache
from hub.query.document.limits import Limits, Measuring, require_variables_within_limits, require_within_limits
from hub.query.document.merging import Merging
from hub.query.document.wording import without_values
from hub.query.errors import (
    DocumentTooLong,
    OperationUnknown,
    SeveralSteps,
    SyntaxRefused,
    TooDeep,
    TooManyTokens,
    ValidationRefused,
    VariableRefused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from graphql import DocumentNode, GraphQLSchema

_RULES: Final = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)
"""``hub.query.document.merging`` stands for the one left out, and needs a document that fulfils these."""
_SUGGESTING: Final = (FieldsOnCorrectTypeRule, KnownTypeNamesRule, KnownArgumentNamesRule, ValuesOfCorrectTypeRule)
_PLAIN: Final = {"String": str, "ID": str, "Int": int, "Boolean": bool}
DOCUMENTS: Final = 32 * 1024 * 1024
"""Bytes, estimated, of the documents that a process keeps."""
_LOOKED_AT: Final = 5
"""Errors searched for the one that is reported; one that comes later is worded without suggestions."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A document that may be planned: parsed, valid against the schema, within limits.

    ``digest``: SHA-256 of the document and the operation's name; what the audit record names it by.
    ``plain``: the variables that are declared, if all are scalars of the language without a default: each with the
    Python type of its values and whether it may be null. None if any is not. ``fields``: that are selected, a
    fragment's as often as it is used.
    """

    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    digest: bytes
    name: str | None
    plain: Mapping[str, tuple[type, bool]] | None = None
    fields: int = 1

    @property
    def changes(self) -> bool:
        """Whether it is a mutation."""
        return self.definition.operation is OperationType.MUTATION

    @property
    def follows(self) -> bool:
        """Whether it is a subscription."""
        return self.definition.operation is OperationType.SUBSCRIPTION

    @property
    def root_type(self) -> str:
        """The type that its first fields belong to, where it reads."""
        return "Subscription" if self.follows else "Query"


Kept = Cache[tuple[str, str | None, "Hashable"], Operation]


def weight(key: tuple[str, str | None, Hashable], _operation: Operation) -> int:
    """The bytes of a document, estimated from above: 24 KiB for the smallest and 20 to 54 a character were measured."""
    return 32_768 + 60 * len(key[0])


@dataclass(slots=True)
class Documents:
    """Turns documents into operations for viewers who may name the same entities, and remembers them.

    ``schema``: what may be named. ``suggested``: gives the schema that errors may suggest from, which is less:
    a field that is named comes back withheld, but nobody is told its name. ``kept``: may be shared by those of
    several viewers; ``visible`` says which of it is theirs.
    """

    schema: GraphQLSchema
    limits: Limits = field(default_factory=Limits)
    kept: Kept = field(default_factory=lambda: Cache(DOCUMENTS, weight))
    visible: Hashable = None

    def operation(self, document: str, name: str | None, suggested: Callable[[], GraphQLSchema]) -> Operation:
        """Return the operation of the document; raise a ``RequestError`` where it has none to execute."""
        key = (document, name, self.visible)
        if known := self.kept.get(key):
            return known
        return self.kept.keep(key, _operation(self.schema, self.limits, document, name, suggested))

    def known(self, document: str, name: str | None) -> Operation | None:
        """The operation of a document that is remembered."""
        return self.kept.get((document, name, self.visible))

    def variables(
        self, operation: Operation, given: Mapping[str, Any], suggested: Callable[[], GraphQLSchema]
    ) -> dict[str, Any]:
        """Return the operation's variables, coerced; ``VariableRefused`` names the one that does not fit."""
        if operation.plain is not None and (values := _as_they_are(operation.plain, given)) is not None:
            return values
        require_variables_within_limits(given, self.limits)
        declared = operation.definition.variable_definitions or ()
        coerced = get_variable_values(self.schema, declared, dict(given), max_errors=1, hide_suggestions=True)
        if isinstance(coerced, list):
            wrong = coerced[0]
            again = get_variable_values(suggested(), declared, dict(given), max_errors=_LOOKED_AT)
            raise VariableRefused(_worded(wrong, again if isinstance(again, list) else ()), locations=_places(wrong))
        return _values(coerced)


def _as_they_are(plain: Mapping[str, tuple[type, bool]], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The variables, where coercing would change none of them and refuse none; graphql-core takes 20 µs to say so."""
    values: dict[str, Any] = {}
    for name, (kind, nullable) in plain.items():
        if name in given:
            value = given[name]
            if type(value) is not kind and not (value is None and nullable):
                return None
            if isinstance(value, int) and not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
                return None
            values[name] = value
        elif not nullable:
            return None
    return values if given.keys() <= plain.keys() else None


def _plain_variables(definition: OperationDefinitionNode) -> Mapping[str, tuple[type, bool]] | None:
    found: dict[str, tuple[type, bool]] = {}
    for declared in definition.variable_definitions or ():
        nullable = not isinstance(declared.type, NonNullTypeNode)
        named = declared.type.type if isinstance(declared.type, NonNullTypeNode) else declared.type
        kind = _PLAIN.get(named.name.value) if isinstance(named, NamedTypeNode) else None
        if kind is None or declared.default_value is not None:
            return None
        found[declared.variable.name.value] = kind, nullable
    return found


def _values(coerced: Any) -> dict[str, Any]:
    return dict(getattr(coerced, "coerced", coerced))


def _operation(
    schema: GraphQLSchema, limits: Limits, text: str, name: str | None, suggested: Callable[[], GraphQLSchema]
) -> Operation:
    if len(text) > limits.characters:
        raise DocumentTooLong(f"The document has {len(text)} characters; the limit is {limits.characters}.")
    document = _parsed(text, limits)
    require_within_limits(document, limits)
    errors = validate(schema, document, _RULES, max_errors=1, hide_suggestions=True)
    if errors:
        wrong = errors[0]
        again = validate(suggested(), document, _SUGGESTING, max_errors=_LOOKED_AT)
        raise ValidationRefused(_worded(wrong, again), locations=_places(wrong))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    merging = Merging(schema, fragments)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and (conflict := merging.conflict(node)):
            raise ValidationRefused(_plain(conflict), locations=_places(conflict))
    definition = _chosen(document, name)
    if definition.operation is not OperationType.QUERY:
        _require_one_field(definition)
    digest = hashlib.sha256(f"{name or ''}\n{text}".encode()).digest()
    # Kept without the places of its nodes, which hold on to all tokens and are most of its memory.
    document = parse(text, no_location=True)
    definition = _chosen(document, name)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return Operation(
        definition,
        fragments,
        digest,
        definition.name.value if definition.name else None,
        _plain_variables(definition),
        Measuring(fragments, limits, {}, set()).selections(definition.selection_set, 0).fields,
    )


def _require_one_field(definition: OperationDefinitionNode) -> None:
    """One step or stream a document: what is accounted for, and what happens at once, is about one thing."""
    selections = definition.selection_set.selections
    if len(selections) != 1 or not isinstance(selections[0], FieldNode) or selections[0].directives:
        raise SeveralSteps(
            f"A {definition.operation.value} has one field, without directives and outside fragments. "
            "Send one request for each."
        )


def _parsed(text: str, limits: Limits) -> DocumentNode:
    try:
        return parse(text, max_tokens=limits.tokens, allow_empty_selection_sets=False)
    except GraphQLError as error:
        if "token" in error.message and str(limits.tokens) in error.message:
            raise TooManyTokens(f"The document has more than {limits.tokens} tokens, which is the limit.") from None
        raise SyntaxRefused(_plain(error), locations=_places(error)) from None
    except RecursionError:
        raise TooDeep(f"The document is nested deeper than {limits.depth} levels, which is the limit.") from None


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) != 1:
            raise OperationUnknown(
                f"The document has {len(operations)} operations; say which one to execute in operationName."
            )
        return operations[0]
    for node in operations:
        if node.name and node.name.value == name:
            return node
    raise OperationUnknown(f"The document has no operation named {name!r}.")


def _places(error: GraphQLError) -> list[tuple[int, int]]:
    return [(place.line, place.column) for place in error.locations or ()]


def _plain(error: GraphQLError) -> str:
    return without_values(error.message)


def _worded(wrong: GraphQLError, suggesting: Iterable[GraphQLError]) -> str:
    """The error's words, with the suggestions of the same error among those of the schema to suggest from."""
    words = _plain(wrong)
    for other in suggesting:
        if other.locations == wrong.locations and _plain(other).startswith(words.removesuffix(".")):
            return _plain(other)
    return words
