"""Other solvers, which know nothing of ours: HiGHS on the linear programme, and an assignment over single units."""

from __future__ import annotations

import numpy as np
from scipy.optimize import LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_array


def by_highs(instance):
    """The largest sum, by HiGHS, as an integer programme: pairs, needs left alone, needs below floors."""
    needs, resources, pairs, weighed = instance.needs, instance.resources, instance.pairs, instance.weighing
    n, m, p, t = len(needs), len(resources), len(pairs), instance.townships
    need = pairs.need()
    worth = pairs.value + weighed.points[needs.urgency[need]]
    cost = np.concatenate((-worth, np.zeros(n), np.full(t, weighed.below)))
    rows = np.concatenate((need, np.arange(n), n + pairs.resource, n + m + needs.township, n + m + np.arange(t)))
    columns = np.concatenate((np.arange(p), p + np.arange(n), np.arange(p), p + np.arange(n), p + n + np.arange(t)))
    signs = np.concatenate((np.ones(p + n + p + n), -np.ones(t)))
    matrix = coo_array((signs, (rows, columns)), shape=(n + m + t, len(cost)))
    low = np.concatenate((np.ones(n), np.zeros(m), np.full(t, -np.inf)))
    high = np.concatenate((np.ones(n), resources.capacity, instance.may_lack))
    solved = milp(cost, integrality=np.ones(len(cost)), constraints=LinearConstraint(matrix.tocsr(), low, high))
    assert solved.success, solved.message
    return round(-solved.fun)


def by_units(instance):
    """The largest sum without floors: each unit a column, and one column for each need to stay alone in."""
    assert not instance.weighing.below
    needs, resources, pairs = instance.needs, instance.resources, instance.pairs
    worth = np.full((len(needs), len(resources)), -1e9)
    need = pairs.need()
    worth[need, pairs.resource] = pairs.value + instance.weighing.points[needs.urgency[need]]
    table = np.hstack((np.repeat(worth, resources.capacity, axis=1), np.zeros((len(needs), len(needs)))))
    return round(table[linear_sum_assignment(table, maximize=True)].sum())
