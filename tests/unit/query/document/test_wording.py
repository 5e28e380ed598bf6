"""What graphql-core says, without what the client sent. The messages are real ones, so that a new wording shows."""

from __future__ import annotations

import pytest
from graphql import GraphQLError, OperationDefinitionNode, build_schema, get_variable_values, parse, validate

from hub.query.document.wording import without_values

SECRET = "230502199001011234"
SCHEMA = build_schema(
    """enum Sex { MALE FEMALE } input In { name: String! sex: Sex flag: Boolean n: Int x: Float list: [ID!] }
    type Query { find(in: In, n: Int, text: String, id: ID): Int }"""
)


def refused(document: str, variables=None) -> list[str]:
    try:
        parsed = parse(document)
    except GraphQLError as error:
        return [error.message]
    errors = validate(SCHEMA, parsed)
    definition = parsed.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    if variables is not None:
        coerced = get_variable_values(SCHEMA, definition.variable_definitions or (), variables)
        assert isinstance(coerced, list)
        errors += coerced
    return [error.message for error in errors]


@pytest.mark.parametrize(
    "value", [SECRET, int(SECRET), [SECRET], {"name": {"eq": SECRET}}, [[SECRET]], {SECRET[:0]: SECRET}]
)
@pytest.mark.parametrize("kind", ["In", "Int", "[Int]", "Sex", "Boolean", "In!", "Float"])
def test_a_refused_variable_is_not_repeated(kind, value):
    document = f"query ($v: {kind}) {{ find }}"
    try:
        messages = refused(document, {"v": value})
    except AssertionError:
        return  # this value fits
    for message in messages:
        assert SECRET not in without_values(message), message
        assert "$v" in without_values(message)


@pytest.mark.parametrize(
    "value",
    [
        {"name": 1, "sex": SECRET},
        {"name": int(SECRET)},
        {"sex": "MALE", "n": SECRET},
        {"name": "a", "nmae": SECRET},
        {"name": "a", "flag": SECRET},
        {"name": "a", "x": SECRET + "x"},
        {"name": "a", "list": [{"a": SECRET}]},
    ],
)
def test_a_refused_member_of_an_input_is_not_repeated(value):
    messages = refused("query ($v: In) { find }", {"v": value})
    assert messages
    assert not any(SECRET in without_values(message) for message in messages)


@pytest.mark.parametrize(
    "arguments",
    [
        f'n: "{SECRET}"', f"n: {SECRET}", f"text: {SECRET}", f'text: ["{SECRET}"]', f'in: "{SECRET}"',
        f'in: {{sex: "{SECRET}"}}', f"in: {{name: {SECRET}}}", f'in: {{name: "a", nmae: "{SECRET}"}}',
        f'in: {{name: "a", flag: "{SECRET}"}}', f'id: {{a: "{SECRET}"}}', f'text: "a" {SECRET}', f'"{SECRET}"',
        f'text: """\n{SECRET}""" ! "{SECRET}"', f'in: {{sex: MALE, list: [1.5, "{SECRET}"]}}',
        f'in: {{name: null, x: "{SECRET}"}}',
    ],
)  # fmt: skip
def test_a_refused_literal_is_not_repeated(arguments):
    messages = refused(f"{{ find({arguments}) }}")
    assert messages
    assert not any(SECRET in without_values(message) for message in messages), messages


@pytest.mark.parametrize(
    "message",
    [
        "Cannot query field 'nmae' on type 'Region'. Did you mean 'name'?",
        "Variable '$id' of required type 'ID!' was not provided.",
        "RegionCode must be a region code of 2, 4, 6, 9 or 12 digits, for example 230502.",
        "Unknown argument 'frist' on field 'Query.regions'. Did you mean 'first'?",
    ],
)
def test_names_stay_in_a_message(message):
    assert without_values(message) == message


def test_a_message_still_says_what_is_wrong():
    assert (
        without_values("Int cannot represent non-integer value: '3'")
        == "Int cannot represent non-integer value that was given."
    )
    assert without_values("Value 'X' does not exist in 'Sex' enum.") == "The value does not exist in 'Sex' enum."
    assert without_values("Syntax Error: Expected Name, found Int '3'.") == "Syntax Error: Expected Name, found Int."
    assert (
        without_values(
            "Expected value of type 'In' not to include unknown field 'a'. Did you mean 'b'? Found: {'a': '1'}."
        )
        == "Expected value of type 'In' not to include unknown field 'a'. Did you mean 'b'?"
    )
