"""Where official packages deviate from ours, element by element, and why ours is right (run.py).

Where the vendor's versions contradict each other the newest (10.11) wins."""
from collections import namedtuple

Excepted = namedtuple("Excepted", "element where reason")

_WITH_DROPPED_PACKAGES = ("PyPI futu-api 10.11", "PyPI moomoo-api 10.11", "npm moomoo-api 9.6", "PyPI futu-api 9.6")
_DROPPED = ("the protocol was withdrawn and is gone from the 10.11 set; PyPI packages still carry its "
            "generated module, which nothing in them uses")
_TEST_CMD = "10.11 splits text and bytes: the field was renamed, and is no longer required"
_USED_QUOTA = "10.11 spells the name in camel case, as everywhere else; same number, same type"

EXCEPTIONS = (
    Excepted("package Qot_GetHistoryKL", _WITH_DROPPED_PACKAGES, _DROPPED),
    Excepted("package Qot_GetHistoryKLPoints", _WITH_DROPPED_PACKAGES, _DROPPED),
    Excepted("package Qot_GetRehab", _WITH_DROPPED_PACKAGES, _DROPPED),
    Excepted("field TestCmd.C2S 2", ("PyPI futu-api 9.6",), _TEST_CMD),
    Excepted("field TestCmd.S2C 2", ("PyPI futu-api 9.6",), _TEST_CMD),
    Excepted("field UsedQuota.S2C 1", ("PyPI futu-api 9.6",), _USED_QUOTA),
    Excepted("field UsedQuota.S2C 2", ("PyPI futu-api 9.6",), _USED_QUOTA),
)
