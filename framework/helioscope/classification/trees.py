"""A fast walk over the trees of HistGradientBoosting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Rows walked together through all trees; their features stay in the nearest cache.
BLOCK = 512


@dataclass(frozen=True)
class Forest:
    """The trees of a boosted model on flat arrays, checked so that no walk leaves them.

    Each tree is laid out so that the right child of a node follows its left one.

    Attributes
    ----------
    root, depth
        int32 (trees,): first node, and steps from there to the deepest leaf.
    feature
        int32 (nodes,); of a leaf any valid one.
    threshold
        float64 (nodes,): a value not above it goes left; of a leaf +inf.
    left
        int32 (nodes,): left child; a leaf is its own, so that waiting there is harmless.
    value
        float64 (nodes,): what a leaf adds to the score.
    baseline
        Score before the first tree.
    features
        Number of columns that rows must have.
    """

    root: NDArray[np.int32]
    depth: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.int32]
    value: Floats
    baseline: float
    features: int

    @classmethod
    def of(cls, estimator: Any) -> Forest:
        """Flatten a fitted two-class ``HistGradientBoostingClassifier``.

        Raises
        ------
        ValueError
            Where the trees are damaged: a child out of range or in a circle, a feature that
            does not exist, a split by category, or a value that is not finite.
        """
        features = int(estimator.n_features_in_)
        predictors = [stage[0] for stage in estimator._predictors]
        if any(len(stage) != 1 for stage in estimator._predictors):
            raise ValueError("only models of two classes are walked")
        trees = [_laid_out(predictor.nodes, features) for predictor in predictors]
        sizes = np.array([len(tree[0]) for tree in trees], np.int64)
        roots = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int32)
        return cls(
            root=roots,
            depth=np.array([tree[4] for tree in trees], np.int32),
            feature=np.concatenate([tree[0] for tree in trees]),
            threshold=np.concatenate([tree[1] for tree in trees]),
            left=np.concatenate([tree[2] + root for tree, root in zip(trees, roots, strict=True)]),
            value=np.concatenate([tree[3] for tree in trees]),
            baseline=float(np.ravel(estimator._baseline_prediction)[0]),
            features=features,
        )

    def scores(self, rows: Floats) -> Floats:
        """Give the log-odds of each row: what ``decision_function`` gives.

        Parameters
        ----------
        rows
            float64 (rows, features), finite.
        """
        if rows.ndim != 2 or rows.shape[1] != self.features:
            raise ValueError(f"rows of {self.features} features are walked, not {rows.shape}")
        out = np.empty(len(rows))
        _walk_kernel()(
            np.ascontiguousarray(rows, np.float64), self.root, self.depth, self.feature,
            self.threshold, self.left, self.value, self.baseline, out,
        )  # fmt: skip
        return out


def _laid_out(nodes: NDArray[Any], features: int) -> tuple[Any, Any, Any, Any, int]:
    """Lay one tree out level by level, siblings beside each other."""
    count = len(nodes)
    leaf = nodes["is_leaf"].astype(bool)
    order, depth, place = [0], 0, {0: 0}
    level = [0]
    while level:
        following: list[int] = []
        for old in level:
            if not leaf[old]:
                following += [int(nodes["left"][old]), int(nodes["right"][old])]
        if any(not 0 <= child < count or child in place for child in following) or len(
            set(following)
        ) != len(following):
            raise ValueError("a tree's children are out of range or shared")
        place.update({child: len(order) + index for index, child in enumerate(following)})
        order += following
        depth += bool(following)
        level = following
    chosen = nodes[order]
    inner = ~leaf[order]
    if chosen["is_categorical"][inner].any():
        raise ValueError("a tree splits by category")
    feature = np.where(inner, chosen["feature_idx"], 0)
    if (feature < 0).any() or (feature >= features).any():
        raise ValueError("a tree asks for a feature that does not exist")
    if not np.isfinite(chosen["value"][~inner]).all() or np.isnan(chosen["num_threshold"]).any():
        raise ValueError("a tree holds a value that is not finite")
    left = np.array(
        [
            place[int(n["left"])] if i else p
            for p, (n, i) in enumerate(zip(chosen, inner, strict=True))
        ],
        np.int32,
    )
    threshold = np.where(inner, chosen["num_threshold"], np.inf)
    return feature.astype(np.int32), threshold, left, np.where(inner, 0.0, chosen["value"]), depth


@cache
def _walk_kernel() -> Any:
    from helioscope.classification.tree_walk import walk

    return walk
