"""What compiled code asks of numba's runtime, as intermediate code, so that the code needs nothing of numba once it is made.

::

    list of numba --> memory block: count of users | not used | what clears its elements | address of its data | bytes
    frexp, ldexp  --> the system's own

The blocks are laid out as numba lays them out; only lists of compiled code itself have them, no array of Python. Imports
llvmlite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir

WORD, SHORT, FLOAT, NOTHING = ir.IntType(64), ir.IntType(32), ir.DoubleType(), ir.VoidType()
ADDRESS = ir.IntType(8).as_pointer()
BLOCK = ir.LiteralStructType([WORD, ADDRESS, ADDRESS, ADDRESS, WORD])
USERS, CLEARS, DATA, BYTES = 0, 2, 3, 4
BLOCK_BYTES = 48
"""numba's blocks have a further word, which compiled code does not read."""


def runtime() -> Any:
    """Return the functions that compiled code may call, as a module to be linked into it."""
    module = ir.Module("servsim_runtime")
    module.triple = binding.get_process_triple()
    for name, (kind, write) in FUNCTIONS.items():
        function = ir.Function(module, kind, name)
        write(ir.IRBuilder(function.append_basic_block()), *function.args)
    return binding.parse_assembly(str(module))


def _system(builder: Any, name: str, returned: Any, *given: Any) -> Any:
    """Call a function of the system's C library."""
    module = builder.module
    function = module.globals.get(name) or ir.Function(module, ir.FunctionType(returned, [each.type for each in given]), name)
    return builder.call(function, given)


def _field(builder: Any, block: Any, field: int) -> Any:
    """Return the address of a field of a block."""
    return builder.gep(builder.bitcast(block, BLOCK.as_pointer()), [SHORT(0), SHORT(field)])


def _is_none(builder: Any, address: Any) -> Any:
    return builder.icmp_unsigned("==", address, ADDRESS(None))


def _new(builder: Any, size: Any, clears: Any) -> None:
    """Return a block with so many bytes, none where the system has no memory left."""
    data = _system(builder, "malloc", ADDRESS, size)
    with builder.if_then(_is_none(builder, data), likely=False):
        builder.ret(ADDRESS(None))
    block = _system(builder, "malloc", ADDRESS, WORD(BLOCK_BYTES))
    with builder.if_then(_is_none(builder, block), likely=False):
        _system(builder, "free", NOTHING, data)
        builder.ret(ADDRESS(None))
    for field, value in ((USERS, WORD(1)), (CLEARS, clears), (DATA, data), (BYTES, size)):
        builder.store(value, _field(builder, block, field))
    builder.ret(block)


def _resize(builder: Any, block: Any, size: Any) -> None:
    """Return the data of a block in so many bytes, none where the system has no memory left."""
    place = _field(builder, block, DATA)
    data = _system(builder, "realloc", ADDRESS, builder.load(place), size)
    with builder.if_then(_is_none(builder, data), likely=False):
        builder.ret(data)
    builder.store(data, place)
    builder.store(size, _field(builder, block, BYTES))
    builder.ret(data)


def _end(builder: Any, block: Any) -> None:
    """Clear the elements of a block that nobody uses any more, and give its memory back."""
    clears, data = builder.load(_field(builder, block, CLEARS)), builder.load(_field(builder, block, DATA))
    with builder.if_then(builder.not_(_is_none(builder, clears))):
        builder.call(builder.bitcast(clears, ir.FunctionType(NOTHING, [ADDRESS]).as_pointer()), [data])
    _system(builder, "free", NOTHING, data)
    _system(builder, "free", NOTHING, block)
    builder.ret_void()


def _free(builder: Any, data: Any) -> None:
    _system(builder, "free", NOTHING, data)
    builder.ret_void()


def _frexp(builder: Any, x: Any, exponent: Any) -> None:
    """Return the mantissa and write the exponent, as ``math.frexp``: 0 for zero, infinity and what is no number."""
    size = builder.call(builder.module.declare_intrinsic("llvm.fabs", [FLOAT]), [x])
    usual = builder.and_(builder.fcmp_ordered("<", size, FLOAT(float("inf"))), builder.fcmp_ordered("!=", x, FLOAT(0.0)))
    with builder.if_then(usual):
        builder.ret(_system(builder, "frexp", FLOAT, x, exponent))
    builder.store(SHORT(0), exponent)
    builder.ret(x)


def _ldexp(builder: Any, m: Any, k: Any) -> None:
    builder.ret(_system(builder, "ldexp", FLOAT, m, k))


FUNCTIONS: dict[str, tuple[Any, Callable[..., None]]] = {
    "NRT_MemInfo_new_varsize_dtor": (ir.FunctionType(ADDRESS, [WORD, ADDRESS]), _new),
    "NRT_MemInfo_varsize_realloc": (ir.FunctionType(ADDRESS, [ADDRESS, WORD]), _resize),
    "NRT_MemInfo_call_dtor": (ir.FunctionType(NOTHING, [ADDRESS]), _end),
    "NRT_Free": (ir.FunctionType(NOTHING, [ADDRESS]), _free),
    "numba_frexp": (ir.FunctionType(FLOAT, [FLOAT, SHORT.as_pointer()]), _frexp),
    "numba_ldexp": (ir.FunctionType(FLOAT, [FLOAT, SHORT]), _ldexp),
}
"""What is known by numba's names, by type and by what writes it."""
