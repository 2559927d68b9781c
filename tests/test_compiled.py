"""The compiled engine: the same bits as the plain functions it is made of, and a start that survives whatever lies in the cache."""

from __future__ import annotations

import ctypes
import errno
import math
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from crowded import crowded_plan

from servsim.draws import portable_array
from servsim.draws.philox import block, blocks
from servsim.engine import choice, compiled, compiled_parts, compiling, machine_code, parts
from servsim.engine.compiling import COMPILING
from servsim.engine.difference import first_difference
from servsim.engine.jit import Compiler
from servsim.errors import InvariantError, SettingError
from servsim.plan.compile import compile_plan
from servsim.rules import portable
from servsim.scenario.reader import load

MILLION = 1_000_000


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    return Compiler(compiled_parts.REPLACED)


def called(function: Any, *columns: Any) -> None:
    """Compile a function of columns and of their number of rows, and call it by its address, as the engine does."""
    kinds = [{"f": "float64", "u": "uint64"}[column.dtype.kind] for column in columns]
    made = parts.whole(function, f"int64({', '.join(f'CPointer({kind})' for kind in kinds)}, int64)")
    address, found, why = machine_code.loaded(made), ctypes.c_int64(), ctypes.c_void_p()
    native = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(ctypes.c_int64), ctypes.POINTER(ctypes.c_void_p), *[ctypes.c_void_p] * len(columns), ctypes.c_int64)
    assert native(address)(ctypes.byref(found), ctypes.byref(why), *(column.ctypes.data for column in columns), len(columns[-1])) == 0
    assert found.value == len(columns[-1])


def over(compiler: Compiler, function: Callable[..., Any], column: Any) -> Any:
    """Return a plain function, compiled, of every row of a column."""
    one = compiler.compiled(function)

    def of_each(x: Any, out: Any, rows: Any) -> Any:
        for row in range(rows):
            out[row] = one(x[row])
        return rows

    out = np.empty_like(column)
    called(of_each, column, out)
    return out


# ---- the same bits


def luck(n: int) -> Any:
    words = np.random.Generator(np.random.Philox(key=[3, 4])).integers(0, 1 << 64, n, dtype=np.uint64)
    return ((words >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52


ALL_SIZES = np.concatenate((luck(MILLION), np.exp(1400 * luck(MILLION) - 700), 5e-324 * np.arange(1, 5000), [0.0, -1.0, np.inf, np.nan, 5e-324, 1.0, np.nextafter(1.0, 2.0)]))
EXPONENTS = np.concatenate((1500 * luck(MILLION) - 760, luck(MILLION) - 0.5, [0.0, -0.0, np.inf, -np.inf, np.nan, 709.7827, -745.13, -745.2]))
SHARES = np.concatenate((luck(MILLION), luck(MILLION) * 1e-12, 1.0 - luck(MILLION) * 1e-12, [0.0, 1.0, 0.5, 2.0**-53, 1.0 - 2.0**-53]))


@pytest.mark.parametrize(
    ("function", "of_array", "x"),
    [
        (portable.log, portable_array.log, ALL_SIZES),
        (portable.exp, portable_array.exp, EXPONENTS),
        (portable.normal_quantile, portable_array.normal_quantile, SHARES),
    ],
)
def test_compiled_functions_have_the_bits_of_numpy_and_of_python(compiler: Compiler, function: Any, of_array: Any, x: Any) -> None:
    found = over(compiler, function, x)
    assert found.tobytes() == of_array(x).tobytes()
    assert found[:20_000].tobytes() == np.array([function(v) for v in x[:20_000].tolist()]).tobytes()


def test_a_product_and_a_sum_are_two_roundings_in_compiled_code(compiler: Compiler) -> None:
    x, y, z = luck(3 * MILLION).reshape(3, MILLION)

    def each(x: Any, y: Any, z: Any, out: Any, rows: Any) -> Any:
        for row in range(rows):
            out[row] = x[row] * y[row] - z[row]
        return rows

    out = np.empty(MILLION)
    called(each, x, y, z, out)
    assert out.tobytes() == (x * y - z).tobytes()


def test_compiled_philox_has_the_words_of_the_plain_one(compiler: Compiler) -> None:
    words = np.random.Generator(np.random.Philox(key=[5, 6])).integers(0, 1 << 64, (20_000, 6), dtype=np.uint64)
    words[:64] = [[((1 << 64) - 1) * ((bits >> place) & 1) for place in range(6)] for bits in range(64)]
    one = compiler.compiled(block)

    def each(words: Any, out: Any, rows: Any) -> Any:
        for row in range(rows):
            at = 6 * row
            found = one(words[at], words[at + 1], words[at + 2], words[at + 3], words[at + 4], words[at + 5])
            for word in range(4):
                out[4 * row + word] = found[word]
        return rows

    out = np.empty((len(words), 4), np.uint64)
    called(each, words, out)
    assert (out == blocks(*words.T)).all()
    assert [tuple(row) for row in out[:200].tolist()] == [block(*row) for row in words[:200].tolist()]


# ---- room


def test_a_run_that_finds_a_column_full_in_the_midst_of_an_event_begins_anew_and_comes_to_the_same_log(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = crowded_plan(3)
    log = compiled.simulate(plan, 1, 3)
    runs = []

    class WithLittleSlack(compiled.Arrays):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.state.slack[0] = 1
            runs.append(self)

    monkeypatch.setattr(compiled, "Arrays", WithLittleSlack)
    monkeypatch.setattr(compiled, "room_wanted", lambda needed: needed)
    assert first_difference(log, compiled.simulate(plan, 1, 3)) is None
    assert len(runs) > 1


def test_threads_that_run_together_come_to_the_logs_that_they_come_to_alone() -> None:
    plan = compile_plan(load("phone_shop", {"calendar.days": 3})).plan
    alone = [compiled.simulate(plan, 5, k) for k in range(6)]
    together: dict[int, Any] = {}
    threads = [Thread(target=lambda k=k: together.update({k: compiled.simulate(plan, 5, k)})) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [first_difference(alone[k], together[k]) for k in range(6)] == [None] * 6


# ---- the choice of the engine


def test_auto_takes_the_compiled_engine_where_its_start_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_code, "is_kept", lambda: True)
    assert [choice.chosen("auto", contacts) for contacts in (100, choice.PAYS_WHEN_KEPT)] == ["simpy", "compiled"]
    monkeypatch.setattr(machine_code, "is_kept", lambda: False)
    assert [choice.chosen("auto", contacts) for contacts in (choice.PAYS_WHEN_KEPT, choice.PAYS_WHEN_NOT)] == ["simpy", "compiled"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a process tells that has no compiled code yet; it has none afterwards either, whatever a test makes it believe."""
    lines: list[str] = []
    monkeypatch.setattr(compiling, "LISTENERS", [lines.append])
    monkeypatch.setattr(choice, "READY", [])
    choice.make_ready.cache_clear()
    yield lines
    choice.make_ready.cache_clear()


@pytest.mark.parametrize(("kept", "lines"), [(False, [COMPILING]), (True, [])])
def test_whoever_listens_is_told_once_before_the_engine_is_compiled(kept: bool, lines: list[str], told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_code, "is_kept", lambda: kept)
    monkeypatch.setattr(compiled, "origin_of_code", lambda: machine_code.Origin.KEPT if kept else machine_code.Origin.MADE)
    choice.make_ready()
    choice.make_ready()
    assert told == lines and not choice.is_here_alone()


@pytest.mark.parametrize(("folder", "says"), [(Path("full"), "could not be written to full"), (None, "there is no home folder")])
def test_whoever_listens_is_told_that_code_could_not_be_kept_and_where(
    folder: Path | None, says: str, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_code, "is_kept", lambda: False)
    monkeypatch.setattr(machine_code, "cache_folder", lambda: folder)
    monkeypatch.setattr(compiled, "origin_of_code", lambda: machine_code.Origin.MADE_FOR_ONCE)
    choice.make_ready()
    assert told[0] == COMPILING and len(told) == 2
    assert says in told[1] and "SERVSIM_CACHE" in told[1] and "every start" in told[1].lower()
    assert choice.is_here_alone()


def test_a_feature_that_the_compiled_engine_lacks_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a job reaches the engine without having been asked what it needs."""
    rare = choice.Feature("open Sundays", ("simpy",), lambda plan, policy: True)
    monkeypatch.setattr(choice, "FEATURES", (rare,))
    plan = crowded_plan(3)
    assert choice.chosen("auto", 1e9, choice.needs_of(plan)) == "simpy"
    with pytest.raises(SettingError, match="engine: got compiled; it lacks open Sundays; say engine=simpy, or auto"):
        choice.simulator("compiled")(plan, 1, 0)


# ---- code that stands alone


def branches(n: int) -> float:
    """Use a list, which needs memory of its own, and the exponents of numbers at the edge."""
    waiting = [(1, 0.5, 2)]
    total = 0.0
    while len(waiting) > 0 and total < 1e9:
        k, x, left = waiting.pop()
        total += math.ldexp(x, -1070) + math.frexp(5e-324 * k)[1] + math.frexp(0.0)[1] + math.frexp(math.inf)[1] + x % 0.3
        if left < n:
            waiting.append((k + 1, x * 0.5, left + 1))
            waiting.append((k + 2, x * 0.25, left + 1))
    return total


def test_code_that_stands_alone_has_lists_and_exponents_without_numbas_runtime() -> None:
    made = parts.whole(branches, "float64(int64)")
    assert not [name for name in made.needs if name.startswith(("NRT_", "numba_", "Py"))]
    native = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(ctypes.c_double), ctypes.c_void_p, ctypes.c_int64)(machine_code.loaded(made))
    for n in (2, 3, 14):
        found = ctypes.c_double()
        assert native(ctypes.byref(found), None, n) == 0 and found.value == branches(n)


def test_no_function_has_a_name_that_numba_code_of_the_user_could_be_linked_to() -> None:
    """A process that compiles the engine and then other numba code would mix up their runtimes, which differ."""
    made = parts.whole(branches, "float64(int64)")
    own = {name for name in made.code.split(b"\0") if name.startswith((b"NRT_", b"numba_", b"servsim.NRT_"))}
    assert own and all(name.startswith(b"servsim.") for name in own)


def test_code_that_calls_what_no_system_has_is_refused_before_it_runs() -> None:
    made = parts.whole(branches, "float64(int64)")
    with pytest.raises(InvariantError, match="calls no_such_function, which this system lacks"):
        machine_code.loaded(made._replace(needs=(*made.needs, "no_such_function")))


def test_an_error_within_compiled_code_is_an_error_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_code", lambda: (lambda *args: 1, machine_code.Origin.KEPT))
    with pytest.raises(InvariantError, match="compiled code stopped"):
        compiled.simulate(crowded_plan(3), 1, 0)


# ---- the cache


TINY = """
import ctypes, sys
from servsim.engine import machine_code
from servsim.rules import portable

def make():
    from servsim.engine import compiled_parts, parts
    from servsim.engine.jit import Compiler
    return parts.whole(Compiler(compiled_parts.REPLACED).ready(portable.log), "float64(float64)")

address, origin = machine_code.load_or_make(make)
native = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(ctypes.c_double), ctypes.c_void_p, ctypes.c_double)(address)
for x in (1.0, 0.3, 5e-324, 1e300):
    found = ctypes.c_double()
    assert native(ctypes.byref(found), None, x) == 0 and found.value == portable.log(x)
assert origin.name != "KEPT" or not {"numba", "pickle"} & set(sys.modules)
print(origin.name)
"""


def origin(folder: Path, **environment: str) -> str:
    """Return where a fresh process has its compiled code from."""
    settings = {**os.environ, "SERVSIM_CACHE": str(folder), **environment}
    done = subprocess.run([sys.executable, "-c", TINY], capture_output=True, text=True, check=False, env=settings)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def kept_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_compiled_code_is_kept_for_the_next_start(tmp_path: Path) -> None:
    left, filling = tmp_path / "filling-killed", tmp_path / "filling-now"
    left.mkdir(), filling.mkdir()
    os.utime(left, (0.0, 0.0))
    assert origin(tmp_path) == "MADE"
    assert not left.exists() and filling.exists(), "what a killed process left goes, what another one is filling stays"
    assert {path.suffix for path in kept_files(tmp_path)} == {".json", ".o"}
    assert origin(tmp_path) == "KEPT"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that a process has filled; copied before it is damaged."""
    folder = tmp_path_factory.mktemp("filled")
    assert origin(folder) == "MADE"
    return folder


@pytest.mark.parametrize("damage", ["cut", "one bit", "gone", "manifest", "no manifest", "another manifest"])
def test_a_damaged_cache_is_thrown_away_and_made_anew(filled: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    code = next(path for path in kept_files(tmp_path) if path.suffix == ".o")
    whole = next(path for path in kept_files(tmp_path) if path.name == "WHOLE.json")
    content = code.read_bytes()
    if damage == "cut":
        code.write_bytes(content[: len(content) // 2])
    elif damage == "one bit":
        code.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    elif damage == "gone":
        code.unlink()
    else:
        whole.write_text({"manifest": "{", "no manifest": "{}", "another manifest": "[1]"}[damage], encoding="utf-8")
    assert origin(tmp_path) == "MADE"
    assert origin(tmp_path) == "KEPT"


def test_a_cache_folder_that_is_a_file_is_done_without(tmp_path: Path) -> None:
    place = tmp_path / "cache"
    place.write_text("not a folder", encoding="utf-8")
    assert origin(place) == "MADE_FOR_ONCE"
    assert place.read_text(encoding="utf-8") == "not a folder"


SOME_CODE = machine_code.Made(b"code", "loop", ())


def kept_now(folder: Path, monkeypatch: pytest.MonkeyPatch) -> machine_code.Origin:
    """Return where code that is quickly made has come from, in a cache."""
    monkeypatch.setenv("SERVSIM_CACHE", str(folder))
    monkeypatch.setattr(machine_code, "loaded", lambda made: 0)
    return machine_code.load_or_make(lambda: SOME_CODE)[1]


@pytest.mark.parametrize("writes", ["write_bytes", "write_text", "rename"])
def test_a_full_disk_does_not_end_the_run_and_leaves_no_half_folder(writes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *args: object, **words: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, writes, full)
        assert kept_now(tmp_path, patch) is machine_code.Origin.MADE_FOR_ONCE
    assert not list(tmp_path.iterdir())
    assert kept_now(tmp_path, monkeypatch) is machine_code.Origin.MADE


def test_a_file_in_the_place_of_the_code_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVSIM_CACHE", str(tmp_path))
    place = machine_code.code_folder()
    assert place is not None
    place.write_text("not a folder", encoding="utf-8")
    assert kept_now(tmp_path, monkeypatch) is machine_code.Origin.MADE
    assert kept_now(tmp_path, monkeypatch) is machine_code.Origin.KEPT


def test_code_is_said_to_be_kept_only_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged folder that cannot be removed stays in the way."""
    monkeypatch.setenv("SERVSIM_CACHE", str(tmp_path))
    place = machine_code.code_folder()
    assert place is not None
    (place / "in the way").mkdir(parents=True)
    remove = shutil.rmtree
    monkeypatch.setattr(machine_code.shutil, "rmtree", lambda path, **words: None if path == place else remove(path, **words))
    assert kept_now(tmp_path, monkeypatch) is machine_code.Origin.MADE_FOR_ONCE
    assert list(tmp_path.iterdir()) == [place]


def test_without_a_home_folder_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("SERVSIM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(machine_code, "loaded", lambda made: 0)
    assert machine_code.cache_folder() is None and not machine_code.is_kept()
    assert machine_code.load_or_make(lambda: SOME_CODE) == (0, machine_code.Origin.MADE_FOR_ONCE)


NOBODY = 65_534
"""A user who is not the superuser, for whom a folder without the right to write is one."""


@pytest.fixture
def as_nobody(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """Words before a command that run it as somebody who is not the superuser; none where the tests' own user is such a one."""
    if os.geteuid() != 0:
        yield ()
        return
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("the superuser may write everywhere, and setpriv, which would start a process as somebody else, is missing")
    words = (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    reachable = subprocess.run([*words, sys.executable, "-c", "import servsim.engine.machine_code, numba"], capture_output=True, check=False, env=own_place(tmp_path))
    if reachable.returncode != 0:
        pytest.skip(f"another user cannot run the tests' Python: {reachable.stderr.decode(errors='replace').strip()[-200:]}")
    yield words


def own_place(folder: Path, **environment: str) -> dict[str, str]:
    """Return an environment in which a stranger finds servsim, and has a home."""
    source = str(Path(machine_code.__file__).parents[2])
    return {**os.environ, "HOME": str(folder), "PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1", **environment}


def test_a_cache_that_may_only_be_read_is_read(as_nobody: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as place:  # pytest's own folders may be entered by their owner only
        folder, words = Path(place), [*as_nobody, sys.executable, "-c", TINY]
        if as_nobody:
            os.chown(folder, NOBODY, NOBODY)
        environment = own_place(folder, SERVSIM_CACHE=str(folder / "cache"))
        first = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
        assert first.stdout.strip() == "MADE", first.stderr
        folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
        for each in folders:
            each.chmod(stat.S_IRUSR | stat.S_IXUSR)
        try:
            may_write = subprocess.run([*as_nobody, "test", "-w", str(folder / "cache")], check=False).returncode == 0
            again = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
        finally:
            for each in folders:
                each.chmod(stat.S_IRWXU)
        assert not may_write and again.stdout.strip() == "KEPT", again.stderr


def test_code_of_other_sources_or_versions_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SERVSIM_CACHE", str(tmp_path))
    now = machine_code.code_folder()
    monkeypatch.setattr(machine_code, "version", lambda package: "0.0")
    assert machine_code.code_folder() != now and now.parent == tmp_path
