"""JSON bodies as the Python client writes them and as it must be able to read them (platform.md
§4.5): what its reader cannot digest costs it the context for good."""
import json

import pytest

from ft_raw import (DELAY_STATISTICS, GLOBAL_STATE, INIT_CONNECT, JSON, KEEP_ALIVE, NOTIFY, USER_INFO, frame, pb, sha1)

pytestmark = pytest.mark.raw

# §6.7, byte for byte.
INIT = (b'{\n  "c2s": {\n    "clientVer": 300,\n    "clientID": "PyNormal",\n    "recvNotify": true,\n'
        b'    "packetEncAlgo": -1,\n    "pushProtoFmt": 1,\n    "programmingLanguage": "Python"\n  }\n}')
ALIVE = b'{\n  "c2s": {\n    "time": "1700000000"\n  }\n}'


@pytest.fixture
def client(gateway, connect):
    """A connection that said InitConnect in JSON; its answer in .answer."""
    assert sha1(INIT).hex() == "890bfd42234afcb7ee5538da36db34862a96b8b2"
    client = connect(gateway, init=False)
    client.send(frame(INIT_CONNECT, INIT, 1, JSON))
    got = client.reply(INIT_CONNECT, 1)
    assert got.fmt == JSON
    client.answer = check(client.plain(got), pb("InitConnect").Response)
    return client


def ask(client, proto, body, response):
    return check(client.request(proto, body, fmt=JSON), response)


def check(body, response):
    """Parses a JSON body by the rules of §4.5 for what the client can read. Returns the object."""
    def no_constants(name):
        raise AssertionError(f"{name} is no JSON")

    value = json.loads(body.decode("utf-8"), parse_constant=no_constants)
    assert isinstance(value.get("retType"), int), f"retType always, as a number: {value}"
    walk(value, response.DESCRIPTOR)
    return value


def walk(value, message):
    fields = message.fields_by_name
    for key, item in value.items():
        assert key in fields, f"{key}: not the proto's own name in {message.full_name}"
        field = fields[key]
        repeated = field.label == field.LABEL_REPEATED
        for one in item if repeated else [item]:
            assert one is not None, f"{key}: null"
            if field.message_type is not None:
                walk(one, field.message_type)
            elif field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64):
                assert isinstance(one, int if repeated else str), f"{key}: 64 bits as {one!r}"
            elif field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_UINT32, field.CPPTYPE_ENUM):
                assert type(one) is int, f"{key}: {one!r}"
            elif field.cpp_type == field.CPPTYPE_BOOL:
                assert type(one) is bool, f"{key}: {one!r}"
            elif field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
                assert type(one) in (int, float), f"{key}: {one!r}"
            else:
                assert isinstance(one, str), f"{key}: {one!r}"
    missing = [f.name for f in message.fields if f.label == f.LABEL_REQUIRED and f.name not in value]
    assert not missing, f"{message.full_name} without {missing}"


def test_init_connect(client):
    s2c = client.answer["s2c"]
    assert client.answer["retType"] == 0
    assert isinstance(s2c["connID"], str) and 0 < int(s2c["connID"]) < 2 ** 63


@pytest.mark.parametrize("body", [
    ALIVE, b'{"c2s":{"time":"1700000000"}}', b'{"c2s":{"time":1700000000}}',
    b'{"c2s":{"time":1700000000,"unknown":{"deep":[1,null,"x"]}},"more":null}', b' {"c2s" : {"time":"-1"} } \n',
], ids=["as Python", "compact", "number", "unknown keys", "spaces"])
def test_keep_alive(client, body):
    answer = ask(client, KEEP_ALIVE, body, pb("KeepAlive").Response)
    assert answer["retType"] == 0 and int(answer["s2c"]["time"]) > 1_500_000_000


def test_global_state(client):
    answer = ask(client, GLOBAL_STATE, b'{"c2s":{"userID":"0"}}', pb("GetGlobalState").Response)
    assert answer["retType"] == 0
    assert answer["s2c"]["programStatus"]["type"] == 10, "enums as numbers"
    assert answer["s2c"]["connID"] == client.answer["s2c"]["connID"]


def test_user_info(client):
    answer = ask(client, USER_INFO, b'{"c2s":{"flag":0}}', pb("GetUserInfo").Response)
    assert answer["retType"] == 0
    assert answer["s2c"]["userID"] == client.answer["s2c"]["loginUserID"]
    assert ask(client, USER_INFO, b'{"c2s":{}}', pb("GetUserInfo").Response)["s2c"] == answer["s2c"]


def test_delay_statistics(client):
    answer = ask(client, DELAY_STATISTICS, b'{"c2s":{"typeList":[1,2,3],"qotPushStage":5,"segmentList":[10,100,-1]}}',
                 pb("GetDelayStatistics").Response)
    assert answer["retType"] == 0, answer
    assert any(item["protoID"] == INIT_CONNECT for item in answer["s2c"]["reqReplyStatisticsList"]), answer


def test_refusal(client):
    answer = ask(client, 99999, b'{"c2s":{}}', pb("KeepAlive").Response)
    assert answer["retType"] == -1 and answer["retMsg"]


def test_push(client):
    push = client.pushes[0] if client.pushes else client.reply(NOTIFY)
    assert push.fmt == JSON
    assert check(client.plain(push), pb("Notify").Response)["retType"] == 0


def test_formats_may_alternate_on_one_connection(client):
    for _ in range(3):
        client.keep_alive()
        ask(client, KEEP_ALIVE, ALIVE, pb("KeepAlive").Response)
