"""Asks for much without waiting for the answers, behind a proxy that does not read them."""
import importlib

from common import api, await_word, eventually, open_quote, run, say, settings, works_again

query = importlib.import_module(api.__name__ + ".quote.quote_query").GlobalStateQuery


def main():
    context = open_quote()
    before = context.get_sync_conn_id()
    say("connected")
    await_word("flood")
    for _ in range(settings["requests"]):
        if context.get_sync_conn_id() != before:
            break
        context._query_async(query.pack_req, query.unpack_rsp, user_id=0, conn_id=before)
    eventually(lambda: context.get_sync_conn_id() not in (0, before), "the reconnect")
    works_again(context)
    say("reconnected")
    context.close()


run(main)
