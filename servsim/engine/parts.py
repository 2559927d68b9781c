r"""Makes one compiled function of a hundred: machine code is made once, for the whole, not for every part on the way.

::

    function -> part: types and intermediate code, unoptimised   \
    function -> part                                              >  whole: linked, optimised, made into machine code
    function -> part                                             /

By itself numba would optimise and emit each function together with all that it calls, and do so again in each caller,
which takes four times as long. Nothing here becomes callable from Python: the whole is machine code that is called by its
address and that needs neither numba nor Python. Imports numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite.binding import Linkage
from numba.core import types as numba_types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NopythonTypeInference

from servsim.engine.machine_code import Made
from servsim.engine.runtime import runtime

OURS = "servsim."
"""Begins the names of all functions but the one that is called from outside."""


class PartLibrary(JITCodeLibrary):
    """Code of one function that waits to be linked into the whole."""

    @property
    def codegen(self) -> Any:
        """Return something that sets no environment: a part has no place in memory."""
        return _NoEnvironment()

    def _optimize_functions(self, ll_module: Any) -> None:
        pass

    def finalize(self) -> None:
        """Leave the code as it is."""
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        return 0


class _NoEnvironment:
    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        pass


class _Linked:
    """Modules that have been linked into one, two by two: a linker looks through the whole of what it links into."""

    def __init__(self, modules: list[Any]) -> None:
        self._reload_init: set[Any] = set()
        for module in modules:
            _keep_uncalled(module)
        while len(modules) > 1:
            for one, other in zip(modules[::2], modules[1::2], strict=False):
                one.link_in(other)
            modules = modules[::2]
        self.module = modules[0]

    def _get_module_for_linking(self) -> Any:
        return self.module


def _keep_uncalled(module: Any) -> None:
    """Let no linker leave out what it has not seen called yet."""
    for function in module.functions:
        if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
            function.linkage = Linkage.weak_odr


class WholeLibrary(JITCodeLibrary):
    """Code of a function that is called by its address, with all its parts and with what they need of numba's runtime."""

    _linking_libraries: list[Any]
    called_from_outside: set[str]

    def finalize(self) -> None:
        """Link every part once, whoever calls it; then optimise and make machine code."""
        found: dict[Any, None] = {}
        waiting: list[Any] = [*self._linking_libraries]
        while waiting:
            library = waiting.pop()
            if library not in found:
                found[library] = None
                waiting.extend(library._linking_libraries)
        for library in found:
            self._reload_init.update(library._reload_init)
        self._linking_libraries = [_Linked([runtime(), *(library._get_module_for_linking().clone() for library in found)])]
        self.called_from_outside = {function.name for function in self._final_module.functions if not function.is_declaration}
        super().finalize()

    def _optimize_final_module(self) -> None:
        """Tell the optimiser that nobody else calls the parts, so that they may be taken in and changed at will; then optimise.

        LLVM links what a process compiles later to the functions of the same name that it knows of, internal or not: without
        names of their own, those that stand in for numba's runtime would serve the numba code of whoever uses servsim.
        """
        for function in self._final_module.functions:
            if not function.is_declaration and function.name not in self.called_from_outside:
                function.linkage, function.name = "internal", f"{OURS}{function.name}"
        super()._optimize_final_module()

    def needs(self) -> list[str]:
        """Return the functions of the system that the code calls, and those that the machine code of an operation may call."""
        called = {function.name for function in self._final_module.functions if function.is_declaration and not function.name.startswith("llvm.")}
        return sorted(called | {"fmod", "memcpy", "memmove", "memset"})


class _OwnLibrary(FunctionPass):
    """Puts the code of a function into a library of another class than numba's."""

    library_class: type[JITCodeLibrary]

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        state.library = self.library_class(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return False


@register_pass(mutates_CFG=False, analysis_only=True)
class _AsPart(_OwnLibrary):
    _name = "servsim_as_part"
    library_class = PartLibrary


@register_pass(mutates_CFG=False, analysis_only=True)
class _AsWhole(_OwnLibrary):
    _name = "servsim_as_whole"
    library_class = WholeLibrary


class _Compiler(CompilerBase):
    library_pass: type[_OwnLibrary]

    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(self.library_pass, NopythonTypeInference)
        passes.finalize()
        return [passes]


class _PartCompiler(_Compiler):
    library_pass = _AsPart


class _WholeCompiler(_Compiler):
    library_pass = _AsWhole


types: Any = numba_types


def plain_type(kind: Any) -> Any:
    """Return the type of a value, for a constant that of all values like it."""
    return types.unliteral(kind)


def part(function: Callable[..., Any], **options: Any) -> Any:
    """Return a function that compiled code may call; compiled once for each type of arguments, not for each constant."""
    made = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy", pipeline_class=_PartCompiler, **options)(function)
    template_of = made.get_call_template
    made.get_call_template = lambda args, kws: template_of(
        tuple(plain_type(a) for a in args), {name: plain_type(a) for name, a in kws.items()}
    )
    return made


def whole(function: Callable[..., Any], signature: str) -> Made:
    """Return machine code of a function and of all that it calls, to be called by its address.

    Parameters
    ----------
    signature : types of its arguments, as numba writes them: numbers and pointers only.
    """
    made = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy", pipeline_class=_WholeCompiler)(function)
    made.compile(signature)
    (found,) = made.overloads.values()
    return Made(found.library._get_compiled_object(), found.fndesc.llvm_func_name, tuple(found.library.needs()))
