"""What scenarios share: the vendor's package as `api`, set up as the test asks; steps told to the
test and words awaited from it (client.py is the other end).

Settings: host, port; form ("protobuf", "json"); key_file (None: the client loads no key);
encrypt (the process-wide switch)."""
import importlib
import json
import os
import sys
import threading
import time
import traceback

settings = json.loads(os.environ["FT_SETTINGS"])
HOST, PORT = settings["host"], settings["port"]

api = importlib.import_module(os.environ.get("FT_CLIENT", "futu"))
api.SysConfig.set_all_thread_daemon(True)
if settings.get("form") == "json":
    api.SysConfig.set_proto_fmt(api.ProtoFMT.Json)
if settings.get("key_file"):
    api.SysConfig.set_init_rsa_file(settings["key_file"])
if settings.get("encrypt"):
    api.SysConfig.enable_proto_encrypt(True)

_told = threading.Lock()


def say(step, **values):
    with _told:
        print("STEP " + json.dumps({"step": step, **values}, default=str), flush=True)


def await_word(word):
    line = sys.stdin.readline()
    assert line.strip() == word, f"{line!r} in place of {word!r}"


def open_quote(**more):
    return api.OpenQuoteContext(host=HOST, port=PORT, **more)


def ok(result):
    """The data of a (ret, data) pair that must be a success."""
    ret, data = result
    assert ret == api.RET_OK, f"the call failed: {data!r}"
    return data


def eventually(check, what, timeout=45.0, pause=0.05):
    end = time.monotonic() + timeout
    while True:
        result = check()
        if result:
            return result
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(pause)


def works_again(context, timeout=45.0):
    """Waits until calls succeed, as a program does that outlives its gateway. Returns connID."""
    eventually(lambda: context.get_global_state()[0] == api.RET_OK, "a call that works after the reconnect", timeout)
    return context.get_sync_conn_id()


class Notices(api.SysNotifyHandlerBase):
    """Collects what the first-push callback is given."""

    def __init__(self):
        super().__init__()
        self.got = []

    def on_recv_rsp(self, rsp_pb):
        ret, content = super().on_recv_rsp(rsp_pb)
        self.got.append((ret, content))
        return ret, content


def run(main):
    """Runs the scenario. The process ends at once afterwards, whatever threads are left."""
    code = 1
    try:
        main()
        code = 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
