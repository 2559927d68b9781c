"""The server: the page's files and its API, on this machine.

::

    GET  /, /static/NAME       the page (files held in memory; no path reaches a disk)
    GET  /api/scenario         floor, cards, fields, the page's words in a language
    POST /api/run              a move; the answer is a stream of events: stage, replay, day ..., after ..., done
    POST /api/lives /contact /agent     questions about a run, by its name
    POST /api/check /yaml      the editor: problems and load of a changed scenario; the file itself

Every refusal is a sentence in JSON: ``{"message": ..., "problems": [{path, value, allowed, nearest}]}``. Never writes a file.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import resources
from types import FrameType
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Limits
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from servsim.errors import Problem, ScenarioError, ServsimError
from servsim.page.cards import cards_of, main_card
from servsim.page.crew import Crew, settle
from servsim.page.deadline import within
from servsim.page.editor import checked, yaml_text_of
from servsim.page.fields import fields_of
from servsim.page.guard import Guard
from servsim.page.language import ENGLISH, Tables, chosen, menu, read_tables
from servsim.page.play import MOST_REPLICATIONS, MOST_STAGE_S, Event, Move, Theatre
from servsim.page.sections import MOST_ADDED
from servsim.page.shop import Shop, overrides_of
from servsim.page.stage import open_dates
from servsim.scenario.decision import NOTHING

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
SCRIPTS = ("words.js", "engine.js", "floor.js", "charts.js", "lesson.js", "editor.js", "page.js")
FILES = ("index.html", "style.css", *SCRIPTS)
MOST_PLAYS = 6
"""That run at the same time; further ones are asked to wait."""
log = logging.getLogger("servsim.page")

Name = Annotated[str, StringConstraints(max_length=300)]
Value = str | int | float | bool | None
Changes = Annotated[dict[Annotated[str, StringConstraints(max_length=200)], Value], Limits(max_length=60)]


class Body(BaseModel):
    """A request's body; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class RunBody(Body):
    """A move."""

    window: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{8,64}$")]
    other: Name
    base: Name = NOTHING
    changes: Changes = {}
    day: dt.date | None = None
    seed: Annotated[int, Limits(ge=0, lt=2**53)] = 1
    replications: Annotated[int, Limits(ge=1, le=MOST_REPLICATIONS)] = 20


class LivesBody(Body):
    """Whose lives to tell; empty: somebody's whose lives tell most."""

    run: Name
    customer: Name = ""


class ContactBody(Body):
    """A contact by its rows in both worlds; -1: not there."""

    run: Name
    base_row: Annotated[int, Limits(ge=-1, le=10**9)]
    other_row: Annotated[int, Limits(ge=-1, le=10**9)]


class AgentBody(Body):
    """An agent of one world (0 without the decision, 1 with it)."""

    run: Name
    side: Annotated[int, Limits(ge=0, le=1)]
    agent: Name


class EditBody(Body):
    """A scenario as edited: sections added, each like another one or empty; paths and new values."""

    added: Annotated[dict[Annotated[str, StringConstraints(max_length=200)], Name], Limits(max_length=MOST_ADDED)] = {}
    changes: Changes = {}


def static_files() -> dict[str, bytes]:
    """Return the page's files by name, out of the package."""
    folder = resources.files("servsim.page") / "static"
    return {name: (folder / name).read_bytes() for name in FILES}


def told_shop(shop: Shop, tables: Tables, decision: str = "", language: str = ENGLISH) -> dict[str, Any]:
    """Return what the page shows of a scenario before anything is played."""
    cards, problems = cards_of(shop)
    return {
        "name": shop.name,
        "title": shop.scenario.title or shop.name,
        "currency": shop.scenario.currency,
        "seed": shop.seed,
        "main": main_card(cards, decision),
        "cards": [card.plain for card in cards],
        "unreadable": problems,
        "fields": [each.plain for each in fields_of(shop.data, shop.scenario.currency)],
        "days": [day.isoformat() for day in open_dates(shop.scenario)],
        "calendar_days": shop.scenario.calendar.days,
        "words": tables[language],
        "language": language,
        "languages": menu(tables),
    }


@dataclass(frozen=True)
class Door:
    """Who may come in, and in which language they are met."""

    hosts: frozenset[str] = LOOPBACK
    """Names under which the page may be asked for."""
    token: str = ""
    """Needed from every browser; empty: none."""
    tables: Tables = field(default_factory=read_tables)
    """The page's words by language."""
    language: str = ""
    """Shown first; empty: what the browser prefers."""


def make_app(shop: Shop, crew: Crew, decision: str = "", door: Door | None = None) -> Guard:
    """Return the guarded application.

    Parameters
    ----------
    shop : the scenario that is shown.
    crew : who simulates; started and ended with the application.
    decision : the lesson's decision; empty: the one that most others answer.
    door : who may come in; absent: this machine only.
    """
    door = door or Door()

    theatre = Theatre(shop, crew)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        begin = partial(_prepare, crew) if _has_process() else crew.warm_up
        threading.Thread(target=begin, daemon=True).start()
        with _ending_plays(theatre):
            yield
        crew.close()

    app = FastAPI(title="servsim class-room page", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=lifespan)
    _add_handlers(app)
    _add_files(app)
    _add_scenario(app, shop, decision, door)
    _add_plays(app, theatre)
    _add_editor(app, shop)
    return Guard(app, door.hosts, door.token)


def _has_process() -> bool:
    """Whether the server has a process of its own: then it runs in the main thread, where signals come."""
    return threading.current_thread() is threading.main_thread()


def _prepare(crew: Crew) -> None:
    """Start the crew, and make the process one that only serves the page."""
    crew.warm_up()
    settle()


@contextmanager
def _ending_plays(theatre: Theatre) -> Iterator[None]:
    """Let plays end when the server is told to end, so that it need not wait for them."""
    if not _has_process():
        yield
        return
    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=theatre.end, daemon=True).start()  # the thread that was interrupted may hold a lock
        if callable(known := usual[signal.Signals(number)]):
            known(number, frame)

    for number in usual:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, known in usual.items():
            signal.signal(number, known)


# ---- errors


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(ServsimError)
    async def refused(_: Request, error: ServsimError) -> JSONResponse:
        return JSONResponse(told_error(error), 422)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = [Problem(".".join(str(each) for each in one["loc"][1:]), "", str(one["msg"])) for one in error.errors()[:20]]
        return JSONResponse(_told("The request cannot be read.", problems), 422)

    @app.exception_handler(HTTPException)
    async def missing(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(_told("There is nothing here." if error.status_code == 404 else "This cannot be answered."), error.status_code)

    @app.exception_handler(Exception)
    async def defect(_: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", exc_info=error)
        return JSONResponse(_told(DEFECT), 500)


DEFECT = "servsim failed unexpectedly. This is a defect of servsim, not of your input; the server's window says more."


def told_error(error: ServsimError) -> dict[str, Any]:
    """Return what is wrong as plain data."""
    return _told(str(error), error.problems if isinstance(error, ScenarioError) else [])


def _told(message: str, problems: list[Problem] | None = None) -> dict[str, Any]:
    return {"message": message, "problems": [each.__dict__ for each in problems or []]}


# ---- the page's files


def _add_files(app: FastAPI) -> None:
    files = static_files()

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return Response(files["index.html"], media_type=KINDS[".html"])

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> Response:
        return Response(status_code=204)

    @app.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        return Response(files[name], media_type=KINDS[name[name.rindex(".") :]])


def _add_scenario(app: FastAPI, shop: Shop, decision: str, door: Door) -> None:
    @app.get("/api/scenario")
    def scenario(request: Request, language: Name = "") -> JSONResponse:
        return JSONResponse(shown(chosen(door.tables, language or door.language, request.headers.get("accept-language", ""))))

    @lru_cache(maxsize=8)
    def shown(language: str) -> dict[str, Any]:
        return told_shop(shop, door.tables, decision, language)


# ---- plays


def _add_plays(app: FastAPI, theatre: Theatre) -> None:
    seats = threading.BoundedSemaphore(MOST_PLAYS)

    @app.post("/api/run")
    async def run(body: RunBody) -> StreamingResponse:
        move = Move(body.base, body.other, overrides_of(body.changes), body.day, body.seed, body.replications)
        switch = theatre.enter(body.window)
        stage = await run_in_threadpool(theatre.stage_of, move)
        return StreamingResponse(_events(theatre, stage, move, switch, seats), media_type="text/event-stream")

    @app.post("/api/lives")
    def lives(body: LivesBody) -> dict[str, Any]:
        return theatre.lives(body.run, body.customer)

    @app.post("/api/contact")
    def contact(body: ContactBody) -> dict[str, Any]:
        return theatre.contact(body.run, (body.base_row, body.other_row))

    @app.post("/api/agent")
    def agent(body: AgentBody) -> dict[str, Any]:
        return theatre.agent(body.run, body.side, body.agent)


async def _events(theatre: Theatre, stage: Any, move: Move, switch: threading.Event, seats: threading.BoundedSemaphore) -> AsyncIterator[str]:
    """Yield the events of a play as server-sent events; who stops listening stops the play."""
    loop, found = asyncio.get_running_loop(), asyncio.Queue[Event | None]()

    def tell(event: Event | None) -> None:
        loop.call_soon_threadsafe(found.put_nowait, event)

    threading.Thread(target=_play, args=(theatre, stage, move, switch, seats, tell), daemon=True).start()
    try:
        while (event := await found.get()) is not None:
            yield f"event: {event[0]}\ndata: {json.dumps(event[1], separators=(',', ':'))}\n\n"
    finally:
        switch.set()


def _play(theatre: Theatre, stage: Any, move: Move, switch: threading.Event, seats: threading.BoundedSemaphore, tell: Callable[[Event | None], None]) -> None:
    """Play in a thread, and tell what was found or what went wrong."""
    try:
        if not seats.acquire(timeout=20.0):
            tell(("problem", _told(f"{MOST_PLAYS} windows are playing already; try again in a moment.")))
            return
        try:
            for event in theatre.play(stage, move, switch):
                tell(event)
                if switch.is_set():
                    break
        finally:
            seats.release()
    except ServsimError as error:
        tell(("problem", told_error(error)))
    except RuntimeError:
        log.debug("the window was closed while it played")
    except Exception as error:
        log.error("a play failed", exc_info=error)
        tell(("problem", _told(DEFECT)))
    finally:
        _end(tell)


def _end(tell: Callable[[Event | None], None]) -> None:
    """Tell that nothing more comes; nobody listens where the server is closing."""
    try:
        tell(None)
    except RuntimeError:
        log.debug("the server was closed while a window played")


# ---- the editor


EDIT_TOO_LONG = f"It takes more than {MOST_STAGE_S:.0f} s to check this scenario, so it was stopped. Check larger ones with servsim check."


def _add_editor(app: FastAPI, shop: Shop) -> None:
    @app.post("/api/check")
    def check(body: EditBody) -> dict[str, Any]:
        return within(MOST_STAGE_S, EDIT_TOO_LONG, lambda: checked(shop, body.changes, body.added))

    @app.post("/api/yaml")
    def yaml(body: EditBody) -> PlainTextResponse:
        name = 'attachment; filename="scenario.yaml"'
        text = within(MOST_STAGE_S, EDIT_TOO_LONG, lambda: yaml_text_of(shop, body.changes, body.added))
        return PlainTextResponse(text, media_type="application/yaml", headers={"content-disposition": name})


