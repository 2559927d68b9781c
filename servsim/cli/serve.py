"""The verb ``serve``: the class-room page on this machine. Prints its address; ends with Ctrl-C. Never writes a file."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from servsim.cli.argument import plain_value, sort_arguments, whole_number
from servsim.cli.configuration import settings_of
from servsim.errors import SettingError, did_you_mean
from servsim.scenario.spot import list_names, nearest_name, shown
from servsim.study.workers import core_count

if TYPE_CHECKING:
    from servsim.page.language import Tables

OWN = ("port", "host", "decision", "language", "texts")
PORT = 8765
PAGE_EXTRA = "the page needs its own packages: pip install 'servsim[page]'"
LEFT_TO_THE_PAGE = ("study", "overwrite", "output", "decisions", "replay", "logs", "csv", "figures", "precision", "margin")


def serve_and_print(words: Sequence[str]) -> int:
    """Open the page that the words ask for, and serve it until Ctrl-C."""
    arguments = sort_arguments(words, OWN)
    own = {key: str(plain_value(key, text)).strip() for key, text in arguments.own.items()}
    for key in LEFT_TO_THE_PAGE:
        if key in arguments.settings:
            raise SettingError(f"{key}: means nothing to servsim serve; the page shows two worlds and keeps no files")
    settings = settings_of(arguments)
    try:
        import uvicorn

        from servsim.page.crew import Crew
        from servsim.page.server import Door, make_app
        from servsim.page.shop import open_shop
    except ModuleNotFoundError as error:
        raise SettingError(f"serve: {PAGE_EXTRA} ({error.name} is missing)") from None
    host, port = own.get("host", "127.0.0.1"), whole_number("port", own.get("port", str(PORT)), 0, 65535)
    shop = open_shop(settings.scenario, settings.overrides, settings.scenario_dirs, settings.seed)
    decision = decision_of(own, shop.files)
    token = "" if _is_loopback(host) else secrets.token_urlsafe(18)
    listener = _listener(host, port)
    door = Door(_hosts(host), token, *words_of(own))
    app = make_app(shop, Crew(settings.workers or core_count(), settings.engine), decision, door)
    _tell(host, listener.getsockname()[1], token)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, server_header=False))
    server.run(sockets=[listener])
    return 0


def decision_of(own: Mapping[str, str], files: Mapping[str, object]) -> str:
    """Return the lesson's decision; empty: the page chooses.

    Raises
    ------
    SettingError
        The scenario has no such decision.
    """
    name = own.get("decision", "")
    if name and name not in files:
        raise SettingError(f"decision: got {shown(name)}; must be a decision of the scenario ({list_names(files, 60)}){did_you_mean(nearest_name(name, files))}")
    return name


def words_of(own: Mapping[str, str]) -> tuple[Tables, str]:
    """Return the page's words by language (of a folder too, where ``texts`` names one), and the language asked for.

    Raises
    ------
    SettingError
        There is no such language, or a file of words lacks something.
    """
    from servsim.page.language import chosen, read_tables

    tables, language = read_tables(Path(own["texts"]) if "texts" in own else None), own.get("language", "")
    return tables, chosen(tables, language) if language else ""


def _is_loopback(host: str) -> bool:
    """Return whether only this machine can come in by a host's name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise SettingError(f"host: got {shown(host)}; must be an address, such as 127.0.0.1 (this machine only) or 0.0.0.0 (every network it is in)") from None


def _hosts(host: str) -> frozenset[str]:
    """Return the names by which the page may be asked for."""
    from servsim.page.server import LOOPBACK

    found = {*LOOPBACK, f"[{host}]" if ":" in host else host}
    if not _is_loopback(host):
        found |= {socket.gethostname(), *_own_addresses()}
    return frozenset(found)


def _own_addresses() -> set[str]:
    try:
        return {str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        return set()


def _listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens: on the port asked for, or on a free one where it is 0.

    Raises
    ------
    SettingError
        The port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # from now on a browser that comes early waits, instead of being refused
    except OSError as error:
        listener.close()
        raise SettingError(f"port: got {port}; cannot listen on {host} ({error.strerror}); say port=0 for a free one") from None
    return listener


def _tell(host: str, port: int, token: str) -> None:
    name = f"[{host}]" if ":" in host else host
    print(f"http://{name}:{port}/{f'?token={token}' if token else ''}", flush=True)
    if token:
        words = f"Warning: host={host} lets other machines in. They need the token in the address above; nothing they send is encrypted."
        print(words, file=sys.stderr, flush=True)
    print("Ctrl-C ends it.", file=sys.stderr, flush=True)
