"""Asks for much without waiting for the answers, behind a proxy that does not read them."""
import importlib
import time

from common import api, await_word, eventually, open_quote, run, say, settings, works_again

# The client wakes its network thread by a byte a request, under a lock that this thread takes too:
# once some hundred of these bytes wait, a request blocks and both threads wait for each other for
# ever. That is its own fault and not what is tested here, so that the flood stays below it.
UNSENT_MAX = 50

query = importlib.import_module(api.__name__ + ".quote.quote_query").GlobalStateQuery


def main():
    context = open_quote()
    before = context.get_sync_conn_id()
    say("connected")
    await_word("flood")
    for _ in range(settings["requests"]):
        if context.get_sync_conn_id() != before:
            break
        while context._net_mgr._req_queue.qsize() > UNSENT_MAX:
            time.sleep(0.0005)
        context._query_async(query.pack_req, query.unpack_rsp, user_id=0, conn_id=before)
    eventually(lambda: context.get_sync_conn_id() not in (0, before), "the reconnect")
    works_again(context)
    say("reconnected")
    context.close()


run(main)
