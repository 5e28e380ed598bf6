"""What is asked, in GraphQL. The hub and plain Strawberry take the same documents.

PostGraphile names things after tables and foreign keys; aliases give its answers the same shape, so that they can be
compared. It has no field for what it does not know: it does not open sealed fields, and gives them as they are kept.
"""

from __future__ import annotations

RECIPIENT = """
    id category status monthlyAmount region
    person { name idNumber birthDate phone }
    household { id size address meansChecks(first: 2) { edges { node { outcome checkedAt } } } }
"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Recipient {{ {RECIPIENT} }} }} }}"
LOOK_UP = "query ($number: String!) { person(idNumber: $number) { id name idNumber birthDate phone sex region } }"
LEVELS = """query ($after: String) { recipients(first: 20, after: $after) {
    nodes {
        id category
        household {
            id size
            members(first: 3) { edges { relationship node { name sex } } }
            meansChecks(first: 2) { nodes { outcome checkedAt findings { kind department value amount observedOn } } }
        }
    }
    pageInfo { hasNextPage endCursor } } }"""
STATS = """query ($status: [EnrolmentStatus!]!) {
    recipientStats(groupBy: [CATEGORY, REGION_COUNTY], where: {status: {in: $status}}) {
        groups { category regionCounty count sum { monthlyAmount } average { monthlyAmount } } total { count } } }"""
CURSORS = """query ($first: Int!, $after: String) {
    recipients(first: $first, after: $after) { edges { cursor node { id } } pageInfo { endCursor } } }"""

GRAPHILE_RECIPIENT = """
    id: rowId category status monthlyAmount region
    person: personByPersonId { name idNumber birthDate phone }
    household: householdByHouseholdId { id: rowId size address
        meansChecks: meansChecksByHouseholdId(first: 2) { edges { node { outcome checkedAt } } } }
"""
GRAPHILE_NODE = f"query ($id: UUID!) {{ node: recipientByRowId(rowId: $id) {{ {GRAPHILE_RECIPIENT} }} }}"
GRAPHILE_LOOK_UP = """query ($index: Base64EncodedBinary!) { person: personByIdNumberIndex(idNumberIndex: $index) {
    id: rowId name idNumber birthDate phone sex region } }"""
GRAPHILE_LEVELS = """query ($after: Cursor) { recipients: allRecipients(first: 20, after: $after) {
    nodes {
        id: rowId category
        household: householdByHouseholdId {
            id: rowId size
            members: householdMembersByHouseholdId(first: 3) {
                edges { node { relationship person: personByPersonId { name sex } } } }
            meansChecks: meansChecksByHouseholdId(first: 2) { nodes { outcome checkedAt
                findings: findingsByMeansCheckId { nodes { kind department value amount observedOn } } } }
        }
    }
    pageInfo { hasNextPage endCursor } } }"""
GRAPHILE_STATS = """query ($condition: RecipientCondition!) {
    recipients: allRecipients(condition: $condition) {
        groups: groupedAggregates(groupBy: [CATEGORY, REGION_COUNTY]) {
            keys count { rowId } sum { monthlyAmount } average { monthlyAmount } }
        total: aggregates { count { rowId } } } }"""
GRAPHILE_CURSOR = "{ allRecipients(first: 1) { pageInfo { endCursor } } }"


def page(size: int) -> str:
    """A page of recipients."""
    return f"""query ($after: String) {{ recipients(first: {size}, after: $after) {{
        edges {{ node {{ {RECIPIENT} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""


def graphile_page(size: int) -> str:
    """The same of PostGraphile."""
    return f"""query ($after: Cursor) {{ recipients: allRecipients(first: {size}, after: $after) {{
        edges {{ node {{ {GRAPHILE_RECIPIENT} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
