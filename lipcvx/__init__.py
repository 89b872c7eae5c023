"""Shallow ReLU networks that are accurate, provably hard to fool, and provably optimal for what they are asked."""
__version__ = "0.1.0"

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path

# Public names and the modules they live in, imported when first used: `import lipcvx` itself stays quick.
_public = {"ShallowNet": "network", "average": "network", "Program": "program", "Restriction": "restriction", "Solution": "result", "Status": "result",
           **dict.fromkeys(("postprocess", "fit", "fit_constrained", "regularization_path", "train_adam", "train_on_objective", "train_adversarial"), "training"),
           "robust_step": "training.robust", "certified_loss": "training.robust", "train_certified": "training.certified", "global_bound": "globalopt"}
_modules = ("lipschitz",)

__all__ = [*_public, *_modules]


def __getattr__(name):
    if name in _modules: return import_module(f"lipcvx.{name}")
    if name in _public: return getattr(import_module(f"lipcvx.{_public[name]}"), name)
    raise AttributeError(f"module 'lipcvx' has no attribute {name!r}")


def __dir__(): return sorted([*globals(), *__all__])


class _InItsFolder:
    "Finds a module that stands in a folder by its name alone: `lipcvx.distill` is `lipcvx.training.distill`"
    def __init__(self, name=""): self.name = name

    @staticmethod
    def find_spec(name, path=None, target=None):
        package, _, module = name.rpartition(".")
        if package != __name__: return None
        where = [f.parent.name for f in Path(__file__).parent.glob(f"*/{module}.py")]
        return ModuleSpec(name, _InItsFolder(f"{package}.{where[0]}.{module}")) if where else None

    def create_module(self, spec):
        module = import_module(self.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module): module.__spec__ = self.spec # not that of the other name


sys.meta_path.append(_InItsFolder)
