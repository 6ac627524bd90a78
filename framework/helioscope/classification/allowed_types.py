"""The types that a stored estimator may name, reviewed for the versions of scikit-learn below.

Each is what skops writes for the three families of `estimators`; a type that is not here is
refused before skops is asked to load anything.
"""

from __future__ import annotations

#: Versions of scikit-learn for which the list was made.
ALLOWED_FOR = ("1.6", "1.7", "1.8", "1.9")

_BOOSTING = "sklearn.ensemble._hist_gradient_boosting"

#: (module, class, how skops rebuilds it).
TYPES = frozenset(
    {
        ("builtins", "dict", "DictNode"),
        ("builtins", "list", "ListNode"),
        ("builtins", "str", "JsonNode"),
        ("builtins", "str", "TypeNode"),
        ("builtins", "tuple", "TupleNode"),
        ("numpy", "float64", "NdArrayNode"),
        ("numpy", "int64", "NdArrayNode"),
        ("numpy", "ndarray", "NdArrayNode"),
        ("numpy", "uint64", "NdArrayNode"),
        ("numpy.random._generator", "Generator", "RandomGeneratorNode"),
        ("numpy.random.mtrand", "RandomState", "RandomStateNode"),
        ("sklearn._loss._loss", "CyHalfBinomialLoss", "LossNode"),
        ("sklearn._loss.link", "Interval", "ObjectNode"),
        ("sklearn._loss.link", "LogitLink", "ObjectNode"),
        ("sklearn._loss.loss", "HalfBinomialLoss", "ObjectNode"),
        ("sklearn.linear_model._logistic", "LogisticRegression", "ObjectNode"),
        ("sklearn.neural_network._multilayer_perceptron", "MLPClassifier", "ObjectNode"),
        ("sklearn.neural_network._stochastic_optimizers", "AdamOptimizer", "ObjectNode"),
        ("sklearn.preprocessing._label", "LabelBinarizer", "ObjectNode"),
        ("sklearn.preprocessing._label", "LabelEncoder", "ObjectNode"),
        (f"{_BOOSTING}.binning", "_BinMapper", "ObjectNode"),
        (f"{_BOOSTING}.gradient_boosting", "HistGradientBoostingClassifier", "ObjectNode"),
        (f"{_BOOSTING}.predictor", "TreePredictor", "ObjectNode"),
    }
)
