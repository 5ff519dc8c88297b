"""Configuration: every key in every place (platform.md §2). Keys and defaults are read from the program's own
-help, allowed values from its own complaints, so that a new key is tested as soon as it is there."""
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from ft_raw import JSON, RsaCipher, conn_key, global_state_request, pb
from gateway import Gateway

pytestmark = pytest.mark.raw

PROGRAM = os.environ["OPEND_BIN"]
KEY = re.compile(r"^  -(\w+) +(.*?)(?: \(default (.*)\))?$")
VARIABLE = re.compile(r"^  ([A-Z0-9_]+) +(\w+)$")
EFFECTIVE = re.compile(r"^(\w+)=(.*)\t# (.*)$")
MD5 = "E10ADC3949BA59ABBE56E057F20F883E"  # of 123456, in the case that has to be folded

# Keys whose allowed values cannot be read from a complaint: three that are not the default.
SAMPLES = {
    "login_account": ["1619199", "me@example.com", "+86 13800000000"],
    "firms": ["FUTUINC", "FUTUSG,FUTUAU", "FUTUJP"],
    "future_trade_api_time_zone": ["UTC", "UTC-5", "UTC+5:30"],
    "log_level": ["no", "error", "debug"],
    "limit_overrides": ["3203:120/30", "2202.gap:0", "3203.codes:200,3206:3"],
    "quote_rights": ["hk=SF", "us=LV1,hk_option=BMP", "hk=LV1"],
    "quota_tier": ["auto", "100", "1000"],
}


def environment(tmp_path, **variables):
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("OPEND_", "FUTU_", "AUTO_HOLD", "XDG_"))}
    return {**kept, "HOME": str(tmp_path), **variables}


def run(tmp_path, *arguments, program=PROGRAM, **variables):
    """(exit code, standard output, standard error) of a program that ends by itself."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, cwd=tmp_path,
                          env=environment(tmp_path, **variables), stdin=subprocess.DEVNULL)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def effective(tmp_path, *arguments, **variables):
    """{key: (value, where from)} as -check_config tells it."""
    code, out, err = run(tmp_path, "-check_config", *arguments, **variables)
    assert code == 0, err
    return {m[1]: (m[2], m[3]) for m in map(EFFECTIVE.match, out.splitlines()) if m}


def write_xml(path, values, root="futu_opend"):
    lines = [f"  <{key}>{value}</{key}>" for key, value in values.items()]
    path.write_text("\n".join([f"<{root}>", *lines, f"</{root}>"]), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def help_text(tmp_path_factory):
    code, out, err = run(tmp_path_factory.mktemp("help"), "-help")
    assert code == 0 and not err
    return out


@pytest.fixture(scope="module")
def keys(help_text):
    """{key: default} of everything that is no command; a default that is empty is told as none."""
    found = {m[1]: m[3] for m in map(KEY.match, help_text.splitlines()) if m}
    assert {"api_port", "lang", "login_pwd_md5", "check_config"} <= set(found), found
    return {key: default for key, default in found.items() if default is not None}


def samples_of(key, default, place, tmp_path):
    """Three values that the key takes, one a place; the first is not the default."""
    if key in SAMPLES:
        return SAMPLES[key]
    code, _, complaint = run(tmp_path, "-check_config", f"-{key}=@")
    if m := re.search(r"whole number from (-?\d+) to (\d+)", complaint):
        low, high = int(m[1]), int(m[2])
        if high - low > 10000:  # all different, as two ports must be
            return [str(high - 3 * place - k) for k in range(3)]
        few = [str(v) for v in range(low, min(high, low + 3) + 1) if str(v) != default]
        return [few[0], few[-1] if len(few) > 1 else default, few[0]]
    if "IP address" in complaint:
        return ["0.0.0.0", "127.0.0.2", "::1"]
    if "32 hex digits" in complaint:
        return [MD5, MD5.lower(), "0" * 32]
    if m := re.search(r"allowed are ([\w-]+) and ([\w-]+)", complaint):
        other = m[2] if m[1] == default else m[1]
        return [other, default, other]
    is_file = "No such file" in complaint or f"{key} are given both" in complaint or f"{key} and" in complaint
    assert code == 0 or is_file, f"{key}: what may it be? {complaint}"
    if is_file:
        files = [tmp_path / f"{key}{k}" for k in range(3)]
        for file in files:
            shutil.copy(conn_key(), file)
        return [str(file) for file in files]
    return [f"{key} {k}" for k in range(3)]  # any text


def test_every_key_in_every_place(tmp_path, keys):
    samples = {key: samples_of(key, default, place, tmp_path)
               for place, (key, default) in enumerate(keys.items()) if key != "cfg_file"}
    in_file, in_env, in_args = ({key: values[k] for key, values in samples.items()} for k in range(3))
    xml = write_xml(tmp_path / "all.xml", in_file)
    secrets = {key for key in samples if "pass" in key or "pwd" in key or key.endswith("md5")}
    assert len(secrets) >= 5

    def check(found, wanted, source):
        for key, value in wanted.items():
            shown, where = found[key]
            assert shown == ("(hidden)" if key in secrets else value) and where.startswith(source), (key, found[key])

    found = effective(tmp_path)
    assert set(found) == set(keys)
    for key, (value, where) in found.items():
        shown = "none" if value == "" else value
        assert (shown == keys[key] or key in secrets or key == "data_dir") and where == "default", (key, value, where)
    file = f"-cfg_file={xml}"
    check(effective(tmp_path, file), in_file, "file, line ")
    variables = {f"OPEND_{key.upper()}": value for key, value in in_env.items()}
    check(effective(tmp_path, **variables), in_env, "environment, OPEND_")
    check(effective(tmp_path, file, **variables), in_env, "environment, OPEND_")
    arguments = [f"-{key}={value}" for key, value in in_args.items()]
    check(effective(tmp_path, *arguments), in_args, "command line")
    found = effective(tmp_path, file, *arguments, OPEND_CFG_FILE="/nowhere", **variables)
    check(found, in_args, "command line")
    assert found["cfg_file"] == (str(xml), "command line")
    assert effective(tmp_path, OPEND_CFG_FILE=str(xml))["cfg_file"] == (str(xml), "environment, OPEND_CFG_FILE")


def test_variables_of_container_images(tmp_path, help_text, keys):
    named = {m[1]: m[2] for m in map(VARIABLE.match, help_text.splitlines()) if m}
    assert {"FUTU_ACCOUNT_ID", "FUTU_LOGIN_ACCOUNT", "FUTU_ACCOUNT", "FUTU_ACCOUNT_PWD", "FUTU_ACCOUNT_PWD_MD5",
            "FUTU_LOGIN_PWD", "FUTU_LOGIN_PWD_MD5"} <= set(named)
    values = {"login_account": "77", "login_pwd": "x", "login_pwd_md5": MD5, "lang": "chs", "log_level": "no",
              "api_ip": "0.0.0.0", "api_port": "7", "telnet_port": "8", "rsa_private_key": conn_key(),
              "login_region": "hk"}
    for variable, key in named.items():  # one start each: of several that are set only the first counts
        value = str(values.get(key, "0"))
        found = effective(tmp_path, **{variable: value})
        assert found[key] == ("(hidden)" if "pwd" in key else value, f"environment, {variable}")
    assert effective(tmp_path, FUTU_ACCOUNT="3", FUTU_ACCOUNT_ID="", OPEND_LOGIN_ACCOUNT="")["login_account"][0] == "3"
    assert effective(tmp_path, FUTU_ACCOUNT="3", OPEND_LOGIN_ACCOUNT="4")["login_account"][0] == "4"
    secret = tmp_path / "secret"
    secret.write_text(MD5 + "\n")
    for variable in ("OPEND_LOGIN_PWD_MD5_FILE", "FUTU_ACCOUNT_PWD_MD5_FILE"):
        assert effective(tmp_path, **{variable: str(secret)})["login_pwd_md5"] == ("(hidden)", f"environment, {variable}")
    code, _, err = run(tmp_path, "-check_config", OPEND_LOGIN_PWD_FILE="/nowhere")
    assert code == 2 and "OPEND_LOGIN_PWD_FILE=/nowhere" in err
    code, _, err = run(tmp_path, "-check_config", OPEND_API_PROT="1", OPEND_CHECK="1")
    assert code == 0 and "OPEND_API_PROT names no key" in err and "OPEND_CHECK names no key" in err


def test_passwords_take_the_nearer_place(tmp_path):
    """§2.3: MD5 before clear text, but the command line before the file."""
    xml = write_xml(tmp_path / "a.xml", {"login_pwd": "a", "login_pwd_md5": MD5, "trade_password_md5": MD5})
    both = effective(tmp_path, f"-cfg_file={xml}")
    assert both["login_pwd_md5"] == ("(hidden)", "file, line 3")
    nearer = effective(tmp_path, f"-cfg_file={xml}", "-login_pwd=b")
    assert nearer["login_pwd"] == ("(hidden)", "command line") and nearer["login_pwd_md5"][0] == ""
    assert nearer["trade_password_md5"][0] == "(hidden)", "a default is no nearer place"


BAD_FILES = {
    "<futu_opend><api_port>x</api_port></futu_opend>": (1, "api_port=x: allowed is a whole number from 0 to 65535"),
    "<futu_opend>\n<lang>fr</lang>\n</futu_opend>": (2, "lang=fr: allowed are chs and en"),
    "<futu_opend>\n\n<ip>me</ip></futu_opend>": (3, "api_ip=me: allowed is an IP address"),
    "<futu_opend><login_pwd_md5>abc</login_pwd_md5></futu_opend>": (1, "login_pwd_md5: allowed are 32 hex digits"),
    "<opend></opend>": (1, "allowed are <futu_opend> and <moomoo_opend>"),
    "<futu_opend><a>\n<b>1</b></a></futu_opend>": (2, "<b> is inside <a>"),
    "<futu_opend>\n<lang x='1'>en</lang></futu_opend>": (2, "<lang> has attributes"),
    f"<futu_opend><{'x' * 64}/></futu_opend>": (1, "a name has at most 63 bytes"),
    "<futu_opend>\nlang=en</futu_opend>": (2, "text outside of an element"),
    "<futu_opend>\n<lang>en</lang>": (2, "not well-formed"),
    "": (1, "not well-formed"),
    "<futu_opend><ip>::1</ip>\n<api_ip>::1</api_ip></futu_opend>": (2, "api_ip is given twice, the first time in line 1"),
    "<futu_opend><help>1</help></futu_opend>": (1, "help belongs on the command line"),
    "<!DOCTYPE a [<!ENTITY b 'c'>]><futu_opend><lang>&b;</lang></futu_opend>": (1, "a document type is not allowed"),
    f"<futu_opend><data_dir>{'x' * 1024}</data_dir></futu_opend>": (1, "data_dir: longer than 1023 bytes"),
    f"<futu_opend>{'<odd/>' * 257}</futu_opend>": (1, "more than 256 elements"),
    f"<futu_opend>{' ' * (1 << 20)}</futu_opend>": (None, "longer than 1048576 bytes"),
}


def test_bad_files_are_refused_with_their_line(tmp_path):
    xml = tmp_path / "bad.xml"
    for text, (line, words) in BAD_FILES.items():
        xml.write_text(text)
        code, _, err = run(tmp_path, "-check_config", f"-cfg_file={xml}")
        where = f"{xml}:{line}: " if line else f"{xml}: "
        assert code == 2 and where in err and words in err, (text[:80], err)
        code, _, err = run(tmp_path, f"-cfg_file={xml}", "-lang=chs")  # a start is refused as well
        assert code == 2 and str(xml) in err and words not in err and re.search("[一-鿿]", err), (text[:80], err)


def test_bad_values_name_key_value_and_what_is_allowed(tmp_path):
    key, cert = conn_key(), tmp_path / "cert.pem"
    cert.write_text("x")
    cases = [
        (["-telnet_port=11111"], "telnet_port=11111: api_port has the same port"),
        (["-websocket_port=5", "-telnet_port=5", "-telnet_ip=0.0.0.0"], "websocket_port=5: telnet_port has the same"),
        ([f"-websocket_cert={cert}"], "websocket_private_key is missing"),
        ([f"-websocket_private_key={key}"], "websocket_cert is missing"),
        (["-cfg_file=/nowhere.xml"], "cfg_file=/nowhere.xml: no such file"),
        (["-rsa_private_key=/nowhere.pem"], "rsa_private_key=/nowhere.pem: No such file"),
        ([f"-rsa_private_key={tmp_path}"], "it must name a file itself"),
        ([f"-rsa_private_key={cert}"], "rsa_private_key: "),
        (["-login_account=+86"], "a user ID of 1 to 18 digits, an e-mail address"),
        (["-instruments=/nowhere.csv"], "instruments=/nowhere.csv: No such file"),
    ]
    for arguments, words in cases:
        code, _, err = run(tmp_path, "-check_config", *arguments)
        assert code == 2 and words in err, (arguments, err)
    code, _, err = run(tmp_path, OPEND_API_PORT="none")
    assert code == 2 and "OPEND_API_PORT: api_port=none: allowed is" in err
    code, _, err = run(tmp_path, "-check_config", FUTU_ACCOUNT_ID="a b")
    assert code == 2 and "login_account=a b" in err
    same = effective(tmp_path, "-telnet_port=11111", "-telnet_ip=127.0.0.2")  # another address: no conflict
    assert same["telnet_port"][0] == "11111"


def test_help_comes_whatever_else_is_wrong(tmp_path, help_text):
    code, out, _ = run(tmp_path, "-nonsense", "--help", "-cfg_file=/nowhere", OPEND_API_PORT="x")
    lines = [line for line in out.splitlines() if "-data_dir" not in line]  # its default is the user's
    assert code == 0 and lines == [line for line in help_text.splitlines() if "-data_dir" not in line]


def test_where_the_file_is_looked_for(tmp_path):
    """Beside the program, then in data_dir; OpenD.xml before FutuOpenD.xml; none is no fault."""
    bin_dir, data_dir = tmp_path / "bin", tmp_path / "data"
    bin_dir.mkdir()
    data_dir.mkdir()
    program = bin_dir / "opend"
    try:
        os.link(PROGRAM, program)
    except OSError:
        shutil.copy(PROGRAM, program)

    def seed():
        code, out, err = run(tmp_path, "-check_config", f"-data_dir={data_dir}", program=program)
        assert code == 0, err
        return re.search(r"^sim_seed=(\d+)", out, re.M)[1], re.search(r"^# configuration file: (.*)", out, re.M)[1]

    assert seed() == ("20261121", "none")
    for n, file in enumerate([data_dir / "FutuOpenD.xml", data_dir / "OpenD.xml", bin_dir / "FutuOpenD.xml",
                              bin_dir / "OpenD.xml"]):
        write_xml(file, {"sim_seed": n}, ["futu_opend", "moomoo_opend"][n % 2])
        assert seed() == (str(n), str(file))


def test_the_example_file(tmp_path, keys):
    """share/OpenD.xml works as it is, and with every line that is commented out."""
    text = (Path(__file__).parents[2] / "share" / "OpenD.xml").read_text(encoding="utf-8")
    everything = re.sub(r"<!-- (<\w+>.*</\w+>) -->", r"\1", text)
    assert everything.count("</") > text.count("<!-- <") > 10
    official = {"ip", "api_port", "login_account", "login_pwd", "login_pwd_md5", "lang", "log_level", "push_proto_type",
                "qot_push_frequency", "telnet_ip", "telnet_port", "rsa_private_key", "price_reminder_push",
                "auto_hold_quote_right", "future_trade_api_time_zone", "websocket_ip", "websocket_port",
                "websocket_key_md5", "websocket_private_key", "websocket_cert", "pdt_protection", "dtcall_confirmation"}
    assert official <= set(re.findall(r"<(\w+)>", everything)), "platform.md 2.2"
    xml = tmp_path / "a.xml"
    for variant in (text, re.sub(r"/etc/opend/[a-z.]+", str(conn_key()), everything)):
        xml.write_text(variant, encoding="utf-8")
        xml.chmod(0o600)
        code, out, err = run(tmp_path, "-check_config", f"-cfg_file={xml}")
        assert code == 0 and err == "", err
    assert "websocket_port=33333\t# file, line" in out


def test_what_is_told_without_refusing(tmp_path):
    xml = write_xml(tmp_path / "a.xml", {"odd_key": 1, "no_monitor": 0, "simulate_trade": "disable", "login_pwd": "x"})
    xml.chmod(0o644)
    code, out, err = run(tmp_path, "-check_config", f"-cfg_file={xml}", "-login_region=hk")
    assert code == 0 and "login_pwd=(hidden)" in out
    assert f"{xml}:2: unknown key odd_key is left alone" in err
    for key in ("no_monitor=0", "simulate_trade=disable", "login_region=hk"):
        assert f"{key}: no meaning here" in err, err
    assert "holds login_pwd, and others than its owner may read it" in err
    assert not list(tmp_path.glob("**/opend.*")), "-check_config has started something"


# ---- On a running gateway ------------------------------------------------------------------------------


class Configured(Gateway):
    """A gateway whose settings stand in one place alone."""

    def __init__(self, folder, place, settings):
        self.place, self.settings = place, settings
        super().__init__(folder)

    def start(self):
        self.starts += 1
        data_dir = self.parameters["data_dir"]
        settings = {"data_dir": data_dir, **self.settings}
        arguments, variables = [], {}
        if self.place == "file":
            arguments = [f"-cfg_file={write_xml(self.folder / 'any name.xml', settings, 'moomoo_opend')}"]
        elif self.place == "environment":
            variables = {f"OPEND_{key.upper()}": str(value) for key, value in settings.items()}
        else:
            arguments = [f"-{key}={value}" for key, value in settings.items()]
        self.spawn([PROGRAM, *arguments], env=environment(self.folder, **variables))


def settings_with_effects(tmp_path):
    return {"ip": "127.0.0.2", "api_port": 0, "lang": "chs", "log_level": "debug", "push_proto_type": 1,
            "login_account": "Some.Body@example.com", "keep_alive_interval": 7, "rsa_private_key": conn_key(),
            "trade_password_md5": "25F9E794323B453885F5181F1B624D0B",  # of 123456789
            "firms": "FUTUSG", "initial_cash": 4321, "max_connections": 2, "sim_speed": 100, "limits": "off",
            "sim_start": "2026-11-24 02:00:00", "sim_clock": "exchange"}


@pytest.fixture
def configured(tmp_path):
    started = []

    def start(place, **settings):
        folder = tmp_path / f"configured{len(started)}"
        folder.mkdir()
        started.append(Configured(folder, place, settings))
        return started[-1]

    yield start
    for gateway in started:
        gateway.stop()


@pytest.mark.parametrize("place", ["file", "environment", "command line"])
def test_effects(configured, connect, tmp_path, place):
    gateway = configured(place, **settings_with_effects(tmp_path))
    assert gateway.ip == "127.0.0.2"  # api_ip, by its name of the file
    assert any("RSA key loaded" in line for line in gateway.lines)
    client = connect(gateway, rsa=RsaCipher(conn_key()))
    assert client.info.keepAliveInterval == 7
    assert client.info.loginUserID == 1194661152  # for ever, on every machine
    assert client.cipher is not None
    gateway.wait_line("level=debug|debug event=")
    state = client.request(1002, global_state_request(), pb("GetGlobalState").Response).s2c
    assert state.marketHK in (3, 5), f"{state.marketHK}: HK is open at 10:00 of a Tuesday"  # morning, or afternoon
    unlock = pb("Trd_UnlockTrade").Request()
    unlock.c2s.unlock, unlock.c2s.pwdMD5 = True, "00" * 16
    wrong = client.request(2005, unlock, pb("Trd_UnlockTrade").Response)
    assert wrong.retType != 0 and re.search("[一-鿿]", wrong.retMsg), "lang=chs"
    unlock.c2s.pwdMD5 = "25f9e794323b453885f5181f1b624d0b"
    assert client.request(2005, unlock, pb("Trd_UnlockTrade").Response).retType == 0
    accounts = pb("Trd_GetAccList").Request()
    accounts.c2s.userID = 0
    listed = client.request(2001, accounts, pb("Trd_GetAccList").Response).s2c.accList
    assert 3 in {a.securityFirm for a in listed if a.trdEnv == 1}  # FUTUSG
    funds = pb("Trd_GetFunds").Request()
    funds.c2s.header.trdEnv, funds.c2s.header.trdMarket = 0, 1
    funds.c2s.header.accID = next(a.accID for a in listed if a.trdEnv == 0 and 1 in a.trdMarketAuthList)
    assert client.request(2101, funds, pb("Trd_GetFunds").Response).s2c.funds.cash == 4321  # initial_cash
    subscribe = pb("Qot_Sub").Request()
    security = subscribe.c2s.securityList.add()
    security.market, security.code = 1, "00700"
    subscribe.c2s.subTypeList.append(1)
    subscribe.c2s.isSubOrUnSub = subscribe.c2s.isRegOrUnRegPush = True
    assert client.request(3001, subscribe, pb("Qot_Sub").Response).retType == 0
    while not client.pushes:
        client.pushes.append(client.receive())
    assert client.pushes[0].fmt == JSON  # push_proto_type
    connect(gateway, init=False)
    gateway.wait_line("event=unlisten")  # max_connections


def test_one_gateway_a_data_directory(configured, tmp_path):
    gateway = configured("command line", api_port=0)
    data_dir = f"-data_dir={gateway.parameters['data_dir']}"
    code, out, err = run(tmp_path, data_dir, "-api_port=0")
    assert code == 1 and f"another opend is using it (process {gateway.process.pid}," in err, err
    data = Path(__file__).parents[2] / "data" / "refdata"
    code, out, err = run(tmp_path, data_dir, f"-import_refdata={next(data.glob('*.csv'))}")
    assert code == 1 and "stop the gateway first" in err and str(gateway.process.pid) in err, err
    code, out, err = run(tmp_path, data_dir, "-check")  # reads only
    assert code == 0 and "0 faults" in out, err
    code, out, err = run(tmp_path, data_dir, "-check_config")
    assert code == 0, err


def test_files_are_the_owners(configured):
    """Whatever is written can be read by its owner alone, even under a careless umask."""
    before = os.umask(0)
    try:
        gateway = configured("command line", api_port=0)
    finally:
        os.umask(before)
    gateway.stop()
    files = [path for path in gateway.folder.rglob("*") if path != gateway.parameters["data_dir"]]
    assert {"opend.db", "opend.lock", "first_live_day"} <= {path.name for path in files}
    for path in files:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
