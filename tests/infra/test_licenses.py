# SPDX-License-Identifier: Apache-2.0
"""The licence check lets nothing pass that it does not know, and finds a planted copyleft licence."""

from importlib.metadata import PackageNotFoundError

import pytest

from infra.licenses import LOCKS, TOOLS, Declared, Pin, objection, objections, permits, pins


def absent(name: str) -> Declared:
    raise PackageNotFoundError(name)


@pytest.mark.parametrize(
    "declared",
    [
        Declared(expression="GPL-3.0-or-later"),
        Declared(expression="MIT AND LGPL-2.1-only"),
        Declared(field="AGPL-3.0"),
        Declared(field="GNU General Public License"),
        Declared(classifiers=["License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)"]),
        Declared(field="MIT", classifiers=["License :: OSI Approved :: GNU General Public License v2 (GPLv2)"]),
        Declared(field="GPL-2.0", classifiers=["License :: OSI Approved :: MIT License"]),
    ],
)
def test_a_planted_copyleft_licence_is_refused_by_name(declared: Declared) -> None:
    assert (objection("planted", declared) or "").startswith("planted: ")
    assert objections("planted==1.0 \\\n", frozenset(), lambda _: declared)


@pytest.mark.parametrize("declared", [Declared(), Declared(field="UNKNOWN"), Declared(field="see the web page")])
def test_an_unknown_licence_is_refused_by_name(declared: Declared) -> None:
    assert (objection("mystery", declared) or "").startswith("mystery: ")


@pytest.mark.parametrize(
    "declared",
    [
        Declared(expression="MIT"),
        Declared(expression="GPL-2.0-only OR (MIT AND MPL-2.0)"),
        Declared(field="MIT License"),
        Declared(field="Apache-2.0", classifiers=["License :: OSI Approved :: Apache Software License"]),
        Declared(classifiers=["License :: OSI Approved", "License :: OSI Approved :: BSD License"]),
    ],
)
def test_a_permissive_licence_passes_however_it_is_declared(declared: Declared) -> None:
    assert objection("fine", declared) is None


@pytest.mark.parametrize("expression", ["", "MIT OR", "(MIT", "MIT)", "MIT MIT", "AND MIT", "()"])
def test_a_malformed_expression_permits_nothing(expression: str) -> None:
    assert not permits(expression)


def test_a_pin_that_is_not_installed_is_an_objection_unless_it_is_conditional() -> None:
    lock = "here==1.0 \\\n    --hash=sha256:00\nwindows-only==2.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    assert list(pins(lock)) == [Pin("here", False), Pin("windows-only", True)]
    assert objections(lock, frozenset(), absent) == ["here: pinned, but not installed here"]


def test_no_copyleft_tool_is_among_the_core_dependencies() -> None:
    core = {pin.name for pin in pins((LOCKS / "core.txt").read_text("utf-8"))}
    assert core
    assert not core & TOOLS
