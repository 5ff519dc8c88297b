"""Connects when the gateway has room or is up again; without, the constructor retries."""
from common import await_word, ok, open_quote, run, say


def main():
    say("connecting")
    context = open_quote()
    ok(context.get_global_state())
    say("connected", conn_id=context.get_sync_conn_id())
    await_word("end")
    ok(context.get_global_state())
    context.close()


run(main)
