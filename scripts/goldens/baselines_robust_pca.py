"""Goldens of packages/baselines: low-rank and sparse parts of a small matrix, from pyrpca, and from the general solvers of cvxpy and scipy.

Run from the repository's root: python scripts/goldens/baselines_robust_pca.py [another path]
"""

import json
import sys
from importlib.metadata import version

import cvxpy
import numpy
import scipy
from pyrpca import rpca_pcp_ialm
from scipy.optimize import minimize
from scipy.special import huber

ROWS, COLUMNS, RANK, NOISE = 20, 30, 2, 0.02
LAMBDA = 1 / numpy.sqrt(COLUMNS)
ONLINE = 0.05

rng = numpy.random.default_rng(0)
planted = 0.3 + numpy.outer(rng.uniform(-0.2, 0.2, ROWS), rng.uniform(-1, 1, COLUMNS))
exact = planted + numpy.where(rng.random((ROWS, COLUMNS)) < 0.05, 0.4, 0)
noisy = (exact + NOISE * rng.normal(size=exact.shape)).round(4)
exact = exact.round(6)


def stable(data, rank_cost, sparse_cost):
    """The least `rank_cost` ||L||_* + `sparse_cost` ||S||_1 + ||D - L - S||^2 / 2."""
    low_rank, sparse = cvxpy.Variable(data.shape), cvxpy.Variable(data.shape)
    costs = rank_cost * cvxpy.normNuc(low_rank) + sparse_cost * cvxpy.sum(cvxpy.abs(sparse)) + cvxpy.sum_squares(data - low_rank - sparse) / 2
    problem = cvxpy.Problem(cvxpy.Minimize(costs))
    problem.solve(solver=cvxpy.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
    return problem.value, low_rank.value, sparse.value


def factors(data, rank, cost):
    """R L of this rank, the least ||D - R L - E||^2 / 2 + `cost` (||R||^2 / 2 + ||L||^2 / 2 + ||E||_1): what online RPCA converges to. The best E leaves a Huber loss."""

    def objective(both):
        weights, basis = both[: len(data) * rank].reshape(-1, rank), both[len(data) * rank :].reshape(rank, -1)
        left = data - weights @ basis
        pull = numpy.clip(left, -cost, cost)
        gradient = numpy.concatenate([(cost * weights - pull @ basis.T).ravel(), (cost * basis - weights.T @ pull).ravel()])
        return huber(cost, left).sum() + cost / 2 * (both**2).sum(), gradient

    u, s, v = numpy.linalg.svd(data, full_matrices=False)
    root = numpy.sqrt(s[:rank])
    start = numpy.concatenate([(u[:, :rank] * root).ravel(), (root[:, None] * v[:rank]).ravel()])
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 10000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10})
    return found.x[: len(data) * rank].reshape(-1, rank) @ found.x[len(data) * rank :].reshape(rank, -1)


def listed(matrix):
    return matrix.round(7).ravel().tolist()


low_rank, sparse = rpca_pcp_ialm(exact, LAMBDA, verbose=False)
mu = numpy.sqrt(2 * COLUMNS) * NOISE
value, stable_low_rank, stable_sparse = stable(noisy, mu, LAMBDA * mu)
golden = {
    "made by": f"scripts/goldens/baselines_robust_pca.py: pyrpca {version('pyrpca')}, cvxpy {version('cvxpy-base')} with Clarabel {version('clarabel')}, scipy {scipy.__version__}",
    "shape": [ROWS, COLUMNS],
    "exact": listed(exact),
    "noisy": listed(noisy),
    "ialm": {"lambda": LAMBDA, "low rank": listed(low_rank), "sparse": listed(sparse)},
    "stable": {"lambda": LAMBDA, "noise": NOISE, "value": value / mu, "low rank": listed(stable_low_rank), "sparse": listed(stable_sparse)},
    "online": {"lambda": ONLINE, "rank": RANK, "low rank": listed(factors(noisy, RANK, ONLINE))},
}
path = sys.argv[1] if len(sys.argv) > 1 else "packages/baselines/test/goldens/robust-pca.json"
with open(path, "w") as file:
    file.write(json.dumps(golden) + "\n")
