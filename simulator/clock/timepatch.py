"""Stand-ins for the modules `time` and `datetime` that tell the time of a loop."""

from __future__ import annotations

import datetime as real_datetime
import time as real_time
from typing import TYPE_CHECKING, Any

from simulator.clock import outside
from simulator.clock.standin import StandIn

if TYPE_CHECKING:
    from simulator.clock.loop import VirtualLoop


def time_modules(loop: VirtualLoop) -> list[StandIn]:
    """`time` and `datetime` in virtual time."""
    return [_time(loop), _datetime(loop)]


def _time(loop: VirtualLoop) -> StandIn:
    """Every clock moves with the loop's, so that the difference between two readings means something.

    `process_time` and `thread_time` stay real: they measure the computer.
    """
    wall = loop.clock

    def localtime(seconds: float | None = None) -> real_time.struct_time:
        return real_time.localtime(wall.now() if seconds is None else seconds)

    def gmtime(seconds: float | None = None) -> real_time.struct_time:
        return real_time.gmtime(wall.now() if seconds is None else seconds)

    def ctime(seconds: float | None = None) -> str:
        return real_time.ctime(wall.now() if seconds is None else seconds)

    def asctime(moment: Any = None) -> str:
        return real_time.asctime(localtime() if moment is None else moment)

    def strftime(form: str, moment: Any = None) -> str:
        return real_time.strftime(form, localtime() if moment is None else moment)

    return StandIn(
        real_time,
        time=wall.now,
        time_ns=wall.now_ns,
        monotonic=loop.time,
        monotonic_ns=loop.time_ns,
        perf_counter=loop.time,
        perf_counter_ns=loop.time_ns,
        sleep=outside.sleep,
        localtime=localtime,
        gmtime=gmtime,
        ctime=ctime,
        asctime=asctime,
        strftime=strftime,
    )


def _datetime(loop: VirtualLoop) -> StandIn:
    """`now`, `utcnow` and `today` are virtual.

    The values made are plain `datetime.datetime` and `datetime.date`: nothing virtual gets into models or pickles.
    """
    wall = loop.clock

    class datetime(real_datetime.datetime, metaclass=_Disguise):
        def __new__(cls, *args: Any, **options: Any) -> Any:
            return real_datetime.datetime(*args, **options)

        @classmethod
        def now(cls, tz: real_datetime.tzinfo | None = None) -> Any:
            return real_datetime.datetime.fromtimestamp(wall.now(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(real_datetime.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

    class date(real_datetime.date, metaclass=_Disguise):
        def __new__(cls, *args: Any, **options: Any) -> Any:
            return real_datetime.date(*args, **options)

        @classmethod
        def today(cls) -> Any:
            return real_datetime.date.fromtimestamp(wall.now())

    return StandIn(real_datetime, datetime=datetime, date=date)


class _Disguise(type):
    """A class that passes for its base: to isinstance, to pydantic, and to whoever derives from it."""

    def __new__(mcs, name: str, bases: tuple[type, ...], names: dict[str, Any]) -> Any:
        if any(isinstance(base, _Disguise) for base in bases):
            return type(name, tuple(b.__mro__[1] if isinstance(b, _Disguise) else b for b in bases), names)
        return super().__new__(mcs, name, bases, names)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.__mro__[1])

    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any:
        return handler(cls.__mro__[1])
