"""Does nothing for a few heartbeats: its own heartbeats must keep the connection."""
import time

from common import ok, open_quote, run, say, settings


def main():
    with open_quote() as context:
        conn_id = context.get_sync_conn_id()
        say("connected", conn_id=conn_id)
        time.sleep(settings["seconds"])
        assert context.get_sync_conn_id() == conn_id, "the connection was lost while it was idle"
        ok(context.get_global_state())
        assert context.get_sync_conn_id() == conn_id


run(main)
