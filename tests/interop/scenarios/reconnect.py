"""Loses its gateway, or its connection, and works again afterwards."""
from common import await_word, eventually, ok, open_quote, run, say, settings, works_again


def main():
    contexts = [open_quote() for _ in range(settings.get("contexts", 1))]
    before = [context.get_sync_conn_id() for context in contexts]
    assert len(set(before)) == len(before), "two connections with one id"
    for context in contexts:
        ok(context.get_global_state())
    say("connected", conn_ids=before)
    await_word("check")
    for context in contexts:
        eventually(lambda: context.get_sync_conn_id() not in before + [0], "the reconnect")
    after = [works_again(context) for context in contexts]
    assert not set(after) & set(before), "an id was used twice"
    say("reconnected", conn_ids=after)
    await_word("end")
    for context in contexts:
        ok(context.get_global_state())
    assert [context.get_sync_conn_id() for context in contexts] == after, "flapping after the reconnect"
    for context in contexts:
        context.close()


run(main)
