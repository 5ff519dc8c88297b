"""A call made while there is no gateway is sent after the reconnect, with a serial below that of
the new InitConnect; on a connection with is_encrypt=True it even goes out unencrypted (§6.1)."""
import threading

from common import api, await_word, eventually, open_quote, run, say, settings, works_again


def main():
    context = open_quote(is_encrypt=True) if settings.get("encrypt_connection") else open_quote()
    before = context.get_sync_conn_id()
    say("connected")
    await_word("down")
    eventually(lambda: context.get_sync_conn_id() == 0, "the loss of the connection")
    answers = []
    caller = threading.Thread(target=lambda: answers.append(context.get_global_state()), daemon=True)
    caller.start()
    say("called")
    eventually(lambda: context.get_sync_conn_id() not in (0, before), "the reconnect")
    after = works_again(context)
    caller.join(40)
    assert answers, "the early call hangs"
    # Served or refused with a text, but answered, and the connection lives.
    ret, data = answers[0]
    assert ret == api.RET_OK or "Timeout" not in str(data), answers[0]
    assert context.get_sync_conn_id() == after
    say("done", ret=ret)
    context.close()


run(main)
