"""Threads that call all the time while the gateway goes away and comes back."""
import threading
import time

from common import api, await_word, eventually, open_quote, run, say, works_again

THREADS = 4


def main():
    context = open_quote()
    counts = {"ok": 0, "failed": 0}
    lock = threading.Lock()
    stopping = threading.Event()

    def call():
        while not stopping.is_set():
            ret, _ = context.get_global_state()
            with lock:
                counts["ok" if ret == api.RET_OK else "failed"] += 1
            if ret != api.RET_OK:
                time.sleep(0.2)

    threads = [threading.Thread(target=call, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    eventually(lambda: counts["ok"] >= 50, "traffic")
    before = context.get_sync_conn_id()
    say("flowing")
    await_word("check")
    eventually(lambda: context.get_sync_conn_id() not in (0, before), "the reconnect")
    works_again(context)
    reached = counts["ok"]
    eventually(lambda: counts["ok"] >= reached + 50, "traffic after the reconnect")
    stopping.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a call hangs"
    say("done", **counts)
    context.close()


run(main)
