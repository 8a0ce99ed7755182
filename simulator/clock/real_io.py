"""A loop without a selector: the world outside of the simulation cannot be waited for in virtual time."""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

ADVICE = (
    "let the code under test talk to a simulated edge or a scripted provider, replay a recording of the traffic, "
    "or run it on a real event loop (in pytest: without the `virtual` marker)."
)

_REFUSED = (
    "add_reader add_writer add_signal_handler connect_accepted_socket connect_read_pipe connect_write_pipe "
    "create_connection create_datagram_endpoint create_server create_unix_connection create_unix_server "
    "getaddrinfo getnameinfo sendfile sock_accept sock_connect sock_recv sock_recv_into sock_recvfrom "
    "sock_recvfrom_into sock_sendall sock_sendfile sock_sendto start_tls subprocess_exec subprocess_shell"
).split()


class _NoSelector(selectors.BaseSelector):
    """Stands where the loop's constructor wants a selector. Nothing is ever registered."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> NoReturn:
        raise NotImplementedError

    def unregister(self, fileobj: Any) -> NoReturn:
        raise NotImplementedError

    def select(self, timeout: float | None = None) -> list[Any]:
        return []

    def get_map(self) -> Mapping[Any, Any]:
        return {}


class LoopWithoutIO(asyncio.SelectorEventLoop):
    """Opens no file descriptor, and refuses every method that would need one.

    A subclass says in `refuse_io` how.
    """

    _closed = True  # until the constructor is through: if an option is wrong, there is nothing to close

    if TYPE_CHECKING:  # what the stock loop leaves to its subclasses, but the type stubs leave out
        _stopping: bool
        _ready: deque[Any]
        _thread_id: int | None
        _asyncgens: Any
        _clock_resolution: float
        _executor_shutdown_called: bool

        def _check_closed(self) -> None: ...
        def _check_default_executor(self) -> None: ...

    def __init__(self) -> None:
        super().__init__(_NoSelector())

    def refuse_io(self, what: str) -> NoReturn:
        raise NotImplementedError

    def _make_self_pipe(self) -> None:
        pass

    def _close_self_pipe(self) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(self: LoopWithoutIO, *args: object, **options: object) -> NoReturn:
        given = [repr(value) for value in args if not callable(value)]
        given += [f"{key}={value!r}" for key, value in options.items()]
        self.refuse_io(f"loop.{name}({', '.join(given)})")

    refuse.__name__ = name
    return refuse


for _name in _REFUSED:
    setattr(LoopWithoutIO, _name, _refusal(_name))
