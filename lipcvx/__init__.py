"""Shallow ReLU networks that are accurate, provably hard to fool, and provably optimal for what they are asked."""
__version__ = "0.1.0"

from importlib import import_module

# Public names and the modules they live in, imported when first used: `import lipcvx` itself stays quick.
_public = {"ShallowNet": "network", "average": "network", "Program": "program", "Restriction": "restriction", "Solution": "result", "Status": "result",
           **dict.fromkeys(("postprocess", "fit", "fit_constrained", "regularization_path", "train_adam", "train_on_objective", "train_adversarial"), "training"),
           "robust_step": "robust", "certified_loss": "robust", "train_certified": "certified", "global_bound": "globalopt"}
_modules = ("lipschitz",)

__all__ = [*_public, *_modules]


def __getattr__(name):
    if name in _modules: return import_module(f"lipcvx.{name}")
    if name in _public: return getattr(import_module(f"lipcvx.{_public[name]}"), name)
    raise AttributeError(f"module 'lipcvx' has no attribute {name!r}")


def __dir__(): return sorted([*globals(), *__all__])
