"""Messages over a real socket: whole, in order, whatever their size, until the other side is gone."""

import socket
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.models.vllm_engine.engine_messages import Channel

MESSAGES = st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.integers())), max_size=5)


def pair() -> tuple[Channel, Channel]:
    one, other = socket.socketpair()
    return Channel(one), Channel(other)


@given(messages=MESSAGES)
def test_messages_arrive_whole_and_in_order(messages: list[dict[str, object]]) -> None:
    one, other = pair()
    for each in messages:
        one.send(each)
    assert other.waiting() == bool(messages)
    assert [other.receive() for _ in messages] == messages
    assert not other.waiting()
    one.close()
    assert other.waiting()
    assert other.receive() is None
    other.close()


def test_a_message_larger_than_the_sockets_buffers_arrives() -> None:
    one, other = pair()
    large = {"add": [[number, list(range(500)), {"stop": ["\n"]}] for number in range(2000)]}
    sender = Thread(target=one.send, args=(large,))
    sender.start()
    assert other.receive() == large
    sender.join()
    one.close()
    other.close()


def test_half_a_message_of_a_side_that_is_gone_counts_for_nothing() -> None:
    one, other = socket.socketpair()
    one.sendall(b'{"done": [1,')
    one.close()
    channel = Channel(other)
    assert channel.receive() is None
    channel.close()
