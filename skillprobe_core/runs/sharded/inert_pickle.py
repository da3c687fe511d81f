"""Pickles as plain data: a reader of the few opcodes that metadata needs, which calls nothing that the pickle names.

`pickle.Unpickler` runs what it finds, and even with a restricted `find_class` it changes classes and allocates what a
file asks for. This one builds records. Each global name must be in a table of the caller; the file's opcodes, its
size and the number of its steps are limited.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

LARGEST = 1 << 28
"""Bytes of the largest file that is read."""
MOST_STEPS = 20_000_000
"""Opcodes of the longest program that is read."""
_LONGEST_INTEGER = 16

Kind = TypeVar("Kind")


class RefusedPickle(ValueError):
    """A pickle that holds something other than the expected data, or more than the limits allow."""


@dataclass(eq=False, slots=True)
class Record:
    """An instance of a named class, with the state that the pickle gives it; its class is never imported."""

    name: str
    state: dict[str, object] = field(default_factory=dict)
    items: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A global of the table. `make` computes what a call gives, from the arguments; None if it cannot be called."""

    name: str
    make: Callable[..., object] | None = None


Known = Mapping[tuple[str, str], Name]
"""The globals that a pickle may name, by module and name."""

_MARK = object()
_FRAME, _PROTOCOL = pickle.FRAME[0], pickle.PROTO[0]
_CONSTANTS: dict[int, object] = {pickle.NONE[0]: None, pickle.NEWTRUE[0]: True, pickle.NEWFALSE[0]: False}
_NUMBERS = {pickle.BININT[0]: "<i", pickle.BININT1[0]: "<B", pickle.BININT2[0]: "<H", pickle.BINFLOAT[0]: ">d"}
_TEXTS = {pickle.SHORT_BINUNICODE[0]: 1, pickle.BINUNICODE[0]: 4, pickle.BINUNICODE8[0]: 8}
_PUTS = {pickle.BINPUT[0]: 1, pickle.LONG_BINPUT[0]: 4}
_GETS = {pickle.BINGET[0]: 1, pickle.LONG_BINGET[0]: 4}
_TUPLES = {pickle.EMPTY_TUPLE[0]: 0, pickle.TUPLE1[0]: 1, pickle.TUPLE2[0]: 2, pickle.TUPLE3[0]: 3}
_OPCODES = {value[0]: name for name, value in vars(pickle).items() if name.isupper() and type(value) is bytes and value}


def read_pickle(data: bytes, known: Known) -> object:
    """The data of a pickle, with `Record` in place of instances.

    Args:
        data: The pickle.
        known: The globals that it may name.

    Returns:
        Dictionaries, lists, tuples, texts, numbers, records, and what the functions of `known` give.

    Raises:
        RefusedPickle: The pickle names another global, uses another opcode, is damaged, or exceeds the limits.
    """
    if len(data) > LARGEST:
        raise RefusedPickle(f"{len(data)} bytes, more than {LARGEST}")
    try:
        return _Reader(data, known).run()
    except RefusedPickle:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error) as error:
        raise RefusedPickle(f"damaged pickle: {error!r}") from error


class _Reader:
    def __init__(self, data: bytes, known: Known) -> None:
        self._data, self._known, self._at = data, known, 0
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}

    def run(self) -> object:
        stack, memo = self._stack, self._memo
        for _ in range(MOST_STEPS):
            code = self._take(1)[0]
            if code in _TEXTS:
                stack.append(str(self._take(self._number(_TEXTS[code])), "utf-8", "surrogatepass"))
            elif code == pickle.MEMOIZE[0]:
                memo[len(memo)] = stack[-1]
            elif code in _GETS:
                stack.append(memo[self._number(_GETS[code])])
            elif code in _PUTS:
                memo[self._number(_PUTS[code])] = stack[-1]
            elif code in _NUMBERS:
                form = _NUMBERS[code]
                stack.append(struct.unpack(form, self._take(struct.calcsize(form)))[0])
            elif code in _TUPLES:
                stack.append(self._top(_TUPLES[code]))
            elif code in _CONSTANTS:
                stack.append(_CONSTANTS[code])
            elif code == pickle.STOP[0]:
                (result,) = stack
                return result
            else:
                self._rarer(code)
        raise RefusedPickle(f"more than {MOST_STEPS} opcodes")

    def _rarer(self, code: int) -> None:
        stack = self._stack
        if code == pickle.MARK[0]:
            stack.append(_MARK)
        elif code == pickle.EMPTY_DICT[0]:
            stack.append({})
        elif code == pickle.EMPTY_LIST[0]:
            stack.append([])
        elif code == pickle.TUPLE[0]:
            stack.append(self._marked())
        elif code in (pickle.SETITEMS[0], pickle.SETITEM[0]):
            _set_items(self._marked() if code == pickle.SETITEMS[0] else self._top(2), stack[-1])
        elif code in (pickle.APPENDS[0], pickle.APPEND[0]):
            added = self._marked() if code == pickle.APPENDS[0] else self._top(1)
            _of(list, stack[-1]).extend(added)
        else:
            self._rarest(code)

    def _rarest(self, code: int) -> None:
        stack = self._stack
        if code in (pickle.STACK_GLOBAL[0], pickle.GLOBAL[0]):
            module, name = self._top(2) if code == pickle.STACK_GLOBAL[0] else (self._line(), self._line())
            stack.append(self._global(module, name))
        elif code in (pickle.REDUCE[0], pickle.NEWOBJ[0]):
            called, arguments = self._top(2)
            stack.append(_called(_of(Name, called), _of(tuple, arguments), new=code == pickle.NEWOBJ[0]))
        elif code == pickle.BUILD[0]:
            (state,) = self._top(1)
            _build(_of(Record, stack[-1]), state)
        elif code == pickle.LONG1[0]:
            size = self._number(1)
            if size > _LONGEST_INTEGER:
                raise RefusedPickle(f"an integer of {size} bytes")
            stack.append(int.from_bytes(self._take(size), "little", signed=True))
        elif code == _PROTOCOL:
            self._take(1)
        elif code == _FRAME:
            self._take(8)
        else:
            raise RefusedPickle(f"opcode {_OPCODES.get(code, hex(code))}, which metadata does not need")

    def _global(self, module: object, name: object) -> object:
        found = self._known.get((_of(str, module), _of(str, name)))
        if found is None:
            raise RefusedPickle(f"it asks for {module}.{name}")
        return found

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise RefusedPickle("damaged pickle: truncated")
        piece = self._data[self._at : end]
        self._at = end
        return piece

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "little")

    def _line(self) -> str:
        end = self._data.index(b"\n", self._at)
        return str(self._take(end + 1 - self._at)[:-1], "ascii")

    def _top(self, number: int) -> tuple[object, ...]:
        """The last values, removed from the stack; a mark cannot be among them."""
        if number == 0:
            return ()
        values = tuple(self._stack[-number:])
        if len(values) < number or any(value is _MARK for value in values):
            raise RefusedPickle("damaged pickle: too few values")
        del self._stack[-number:]
        return values

    def _marked(self) -> tuple[object, ...]:
        """The values since the last mark, removed from the stack with it."""
        values = []
        while (value := self._stack.pop()) is not _MARK:
            values.append(value)
        return tuple(reversed(values))


def _of(kind: type[Kind], value: object) -> Kind:
    if not isinstance(value, kind):
        raise RefusedPickle(f"damaged pickle: {type(value).__name__} in place of {kind.__name__}")
    return value


def _set_items(pairs: Sequence[object], target: object) -> None:
    into: dict[object, object] = _of(dict, target)
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        # A deeply nested tuple as a key would be hashed by recursion.
        if not isinstance(key, str | int | Record):
            raise RefusedPickle(f"a key of type {type(key).__name__}")
        into[key] = value


def _called(named: Name, arguments: tuple[object, ...], *, new: bool) -> object:
    if new:
        return Record(named.name)
    if named.make is None:
        raise RefusedPickle(f"it calls {named.name}")
    return named.make(*arguments)


def _build(record: Record, state: object) -> None:
    if isinstance(state, tuple):
        record.items = state
        return
    for name, value in _of(dict, state).items():
        record.state[_of(str, name)] = value
