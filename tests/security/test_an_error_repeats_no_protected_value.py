"""Attack: read what others asked from error messages in their logs. A refusal never repeats a value."""

from __future__ import annotations

import pytest

NUMBER = "230502199001011234"
NAME = "欧阳试探"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($n: String!) { person(idNumber: $n) { name } }", {"n": int(NUMBER)}),
        ("query ($n: String!) { person(idNumber: $n) { name } }", {"n": [NUMBER]}),
        ("query ($n: String!) { person(idNumber: $n) { name } }", {"n": NUMBER}),
        ("query ($n: String!) { person(idNumber: $n) { name } }", {"n": {"number": NUMBER}}),
        ("query ($w: PersonWhere) { people(where: $w) { nodes { id } } }", {"w": {"name": NAME, "idNumber": NUMBER}}),
        ("query ($w: PersonWhere) { people(where: $w) { nodes { id } } }", {"w": {"nmae": {"eq": NAME}}}),
        ("query ($w: PersonWhere) { people(where: $w) { nodes { id } } }", {"w": {"name": {"eq": NAME, "gt": NAME}}}),
        ("query ($w: PersonWhere) { people(where: $w) { nodes { id } } }", {"w": {"sex": {"eq": NAME}}}),
        ("query ($w: PersonWhere) { people(where: $w) { nodes { id } } }", {"w": {"birthDate": {"eq": NUMBER}}}),
        ("query ($w: PersonWhere) { people(where: $w) { nodes { id } } }", {"w": {"region": {"within": NUMBER}}}),
        ("query ($w: PersonWhere) { people(where: $w) { nodes { id } } }", {"w": [NAME, NUMBER]}),
        ("query ($n: Int) { people(first: $n) { nodes { id } } }", {"n": NUMBER}),
        ("query ($n: Int) { people(first: $n) { nodes { id } } }", {"n": int(NUMBER)}),
        ("query ($n: Boolean!) { __typename @skip(if: $n) }", {"n": NUMBER}),
        ("query ($a: String) { people(after: $a) { nodes { id } } }", {"a": NUMBER}),
        ("query ($i: ID!) { node(id: $i) { id } }", {"i": NUMBER}),
        ("query ($i: ID!) { node(id: $i) { id } }", {"i": [NUMBER]}),
        (f"{{ person(idNumber: {NUMBER}) {{ name }} }}", {}),
        (f'{{ person(idNumber: ["{NUMBER}"]) {{ name }} }}', {}),
        (f'{{ people(where: "{NAME}") {{ nodes {{ id }} }} }}', {}),
        (f'{{ people(where: {{name: "{NAME}"}}) {{ nodes {{ id }} }} }}', {}),
        (f'{{ people(where: {{region: {{within: "{NUMBER}"}}}}) {{ nodes {{ id }} }} }}', {}),
        (f'{{ people(where: {{birthDate: {{eq: "{NAME}"}}}}) {{ nodes {{ id }} }} }}', {}),
        (f'{{ people(where: {{sex: {{eq: "{NAME}"}}}}) {{ nodes {{ id }} }} }}', {}),
        (f'{{ people(first: "{NUMBER}") {{ nodes {{ id }} }} }}', {}),
        (f'{{ node(id: "{NUMBER}") {{ id }} }}', {}),
        (f'{{ person(idNumber: "x", {NUMBER}) {{ name }} }}', {}),
        (f'{{ person "{NAME}" {{ name }} }}', {}),
        (f'{{ people(where: {{name: {{eq: """{NAME}\n{NUMBER}"""}} {NAME}: 1}}) {{ nodes {{ id }} }} }}', {}),
    ],
)
async def test_a_refusal_names_the_place_and_not_the_value(ask, query, variables):
    response = await ask.post("civil-affairs", query, variables)
    body = response.text
    assert response.status_code == 400 or '"person":null' in body
    assert NUMBER not in body
    assert NAME not in body
    assert "Traceback" not in body
    assert "SELECT" not in body
