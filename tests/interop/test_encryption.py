"""Encryption: the decision table of platform.md §6.1 row by row, §6.2 to §6.6, and the vectors of
§6.7 as a check of this suite's own ciphers."""
import pytest

from ft_raw import (ENC_CBC, ENC_ECB, ENC_FTAES, ENC_NONE, GET_ACC_LIST, GLOBAL_STATE, INIT_CONNECT, JSON, KEEP_ALIVE,
                    NOTIFY, AesCipher, Bystander, RsaCipher, conn_key, frame, global_state_request, init_request,
                    keep_alive_request, pb)

pytestmark = pytest.mark.raw

ALGORITHMS = [dict(packetEncAlgo=ENC_CBC), dict(packetEncAlgo=ENC_FTAES), dict(packetEncAlgo=ENC_ECB), dict()]


@pytest.fixture
def rsa():
    return RsaCipher(conn_key())


def test_vectors_of_the_specification():
    body = keep_alive_request(1700000000).SerializeToString()
    assert body.hex() == "0a060880e2cfaa06"
    assert frame(KEEP_ALIVE, body, 1001).hex() == (
        "4654ec0300000000e903000008000000a574904e7c778af7b84d66bebdfda3c5553a555800000000000000000a060880e2cfaa06")
    key, iv = "3F17CF3EEF912C92", "C119DDDD6314F18A"
    for algorithm, wire in ((ENC_FTAES, "7d379198fecb4d553dae345c86f01f8b00000000000000000000000000000008"),
                            (ENC_CBC, "1e61f563097b9205c6eaef6f39631b5c"), (ENC_ECB, "99c3d90b456e6b976aa62493a5367b2f")):
        cipher = AesCipher(algorithm, key, iv)
        assert cipher.encrypt(body).hex() == wire and cipher.decrypt(bytes.fromhex(wire)) == body


# --- row 1: no key on either side ----------------------------------------------------------------


@pytest.mark.parametrize("fields", [dict(packetEncAlgo=ENC_NONE), *ALGORITHMS], ids=str)
def test_no_key_plain(gateway, connect, fields):
    client = connect(gateway, **fields)
    client.keep_alive()


# --- row 2: both have the key ----------------------------------------------------------------------


@pytest.mark.parametrize("fields", ALGORITHMS, ids=str)
def test_encrypted_connection(encrypting_gateway, connect, rsa, fields):
    client = connect(encrypting_gateway, init=False)
    client.init_connect(rsa=rsa, recvNotify=True, **fields)
    assert len(client.info.connAESKey) == 16
    # The IV decides what Python uses: CBC with one, FTAES without, standard ECB with an empty one.
    if fields.get("packetEncAlgo") == ENC_CBC:
        assert len(client.info.aesCBCiv) == 16
    elif fields.get("packetEncAlgo") == ENC_ECB:
        assert client.info.HasField("aesCBCiv") and client.info.aesCBCiv == ""
    else:
        assert not client.info.HasField("aesCBCiv")
    for _ in range(3):
        client.keep_alive()
    state = client.request(GLOBAL_STATE, global_state_request(), pb("GetGlobalState").Response)
    assert state.retType == 0 and state.s2c.connID == client.info.connID
    push = client.pushes[0] if client.pushes else client.reply(NOTIFY)
    assert pb("Notify").Response.FromString(client.plain(push)).retType == 0


def test_json_on_an_encrypted_connection(encrypting_gateway, connect, rsa):
    client = connect(encrypting_gateway, init=False)
    client.init_connect(rsa=rsa, packetEncAlgo=ENC_CBC)
    assert b'"retType"' in client.request(KEEP_ALIVE, b'{"c2s":{"time":"1700000000"}}', fmt=JSON)


@pytest.mark.parametrize("piece", [1, 50, 100, 117])
def test_rsa_pieces(encrypting_gateway, connect, piece):
    """Peers cut at 100; the format allows up to 117."""
    client = connect(encrypting_gateway, init=False)
    client.init_connect(rsa=RsaCipher(conn_key(), piece), packetEncAlgo=ENC_CBC, clientID="x" * 300)
    client.keep_alive()


def test_vendors_init_connect_vector(encrypting_gateway, connect, rsa):
    """The bytes that the Python client sent, §6.7."""
    wire = bytes.fromhex(
        "735e1259b256ebe50cb7bab7330d2431e0059aa12fe12cdace42411be42b06eb02fb77c1cd18a2245c838e3f64365070e8c761fe30d7b9d1"
        "b0576f3153d32e359ed82edca2d4d74b9bc6b4c36b06e881e2753381e0ba1b512810e23bfe9555e428cf0ff696f4d9abb25bb79d947224c5"
        "4dd955d91339bf3f79743984faf5bce0")
    body = rsa.decrypt(wire)
    assert body.hex() == "0a1b08ac02120850794e6f726d616c1801200228003206507974686f6e"
    client = connect(encrypting_gateway, init=False)
    client.send(frame(INIT_CONNECT, body, 1, wire=wire))
    plain = rsa.decrypt(client.reply(INIT_CONNECT, 1).body)
    assert pb("InitConnect").Response.FromString(plain).retType == 0


def test_connections_do_not_share_keys(encrypting_gateway, connect, rsa):
    clients = [connect(encrypting_gateway, init=False) for _ in range(5)]
    for client in clients:
        client.init_connect(rsa=rsa, packetEncAlgo=ENC_CBC)
    assert len({c.info.connAESKey for c in clients}) == len({c.info.aesCBCiv for c in clients}) == 5
    for client in clients:
        client.keep_alive()


# --- row 3: the client has loaded a key file, but encryption is off ----------------------------------


def test_key_file_but_no_encryption(encrypting_gateway, connect, rsa):
    """RSA in, plain out: an RSA reply would fail this client's digest check."""
    client = connect(encrypting_gateway, init=False)
    client.init_connect(rsa=rsa, reply_rsa=False, packetEncAlgo=ENC_NONE)
    client.keep_alive()


# --- row 4: a plain client of an encrypting gateway ---------------------------------------------------


@pytest.mark.parametrize("fields", [dict(packetEncAlgo=ENC_NONE), dict(packetEncAlgo=ENC_FTAES), dict()], ids=str)
def test_plain_client_of_an_encrypting_gateway(encrypting_gateway, connect, fields):
    client = connect(encrypting_gateway, **fields)
    client.keep_alive()
    state = client.request(GLOBAL_STATE, global_state_request(), pb("GetGlobalState").Response)
    assert state.retType == 0
    assert_refused(client, GET_ACC_LIST)
    client.keep_alive()


def assert_refused(client, proto, word="ncrypt"):
    response = pb("KeepAlive").Response.FromString(client.request(proto, b"\x0a\x02\x08\x01"))
    assert response.retType == -1 and word in response.retMsg, response


def test_plain_client_of_an_encrypting_gateway_that_is_not_local(start_gateway, connect):
    """All business is refused there, the platform's own protocols are served."""
    gateway = start_gateway(api_ip="0.0.0.0", rsa_private_key=conn_key())
    client = connect(gateway, packetEncAlgo=ENC_NONE)
    client.keep_alive()
    for proto in (GET_ACC_LIST, 3203):
        assert_refused(client, proto)
    client.keep_alive()


def test_trading_needs_a_key_beyond_loopback(start_gateway, connect):
    """§16 point 12."""
    gateway = start_gateway(api_ip="0.0.0.0")
    client = connect(gateway)
    assert_refused(client, GET_ACC_LIST, "rsa_private_key")
    client.keep_alive()


# --- row 5: the client encrypts, the gateway has no key -------------------------------------------------


def test_rsa_without_a_key_closes(gateway, connect, rsa):
    with Bystander(gateway.address):
        client = connect(gateway, init=False)
        body = init_request(packetEncAlgo=ENC_CBC).SerializeToString()
        client.send(frame(INIT_CONNECT, body, 1, wire=rsa.encrypt(body)))
        assert client.expect_closed() == []


def test_rsa_under_another_key_closes(encrypting_gateway, connect, tmp_path):
    from Crypto.PublicKey import RSA
    other = tmp_path / "other.pem"
    other.write_bytes(RSA.generate(1024).export_key())
    with Bystander(encrypting_gateway.address):
        client = connect(encrypting_gateway, init=False)
        body = init_request(packetEncAlgo=ENC_CBC).SerializeToString()
        client.send(frame(INIT_CONNECT, body, 1, wire=RsaCipher(other).encrypt(body)))
        assert client.expect_closed() == []


# --- a plain frame on an encrypted connection -------------------------------------------------------------


@pytest.mark.parametrize("fields", ALGORITHMS, ids=str)
def test_plain_frame_on_an_encrypted_connection(encrypting_gateway, connect, rsa, fields):
    """A call that Python packed while it was disconnected: answered, encrypted, not closed."""
    client = connect(encrypting_gateway, init=False)
    client.init_connect(rsa=rsa, **fields)
    client.send(frame(GLOBAL_STATE, global_state_request().SerializeToString(), 77))
    plain = client.plain(client.reply(GLOBAL_STATE, 77))
    response = pb("GetGlobalState").Response.FromString(plain)
    assert response.retType == 0 or response.retMsg
    client.keep_alive()
