# SPDX-License-Identifier: Apache-2.0
"""Every case of the fixture site, by name. Names are unique; a second one of the same name is an error at import."""

from tests.site import (
    cases_coding,
    cases_content,
    cases_framing,
    cases_headers,
    cases_redirects,
    cases_stages,
    cases_start_line,
)
from tests.site.case import Case

__all__ = ["CASES", "Case"]


def _by_name(*families: tuple[Case, ...]) -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for case in (case for family in families for case in family):
        if case.name in cases:
            raise ValueError(f"two cases are named {case.name}")
        cases[case.name] = case
    return cases


CASES: dict[str, Case] = _by_name(
    cases_framing.FRAMING,
    cases_start_line.START_LINES,
    cases_stages.STAGES,
    cases_headers.HEADERS,
    cases_coding.CODINGS,
    cases_redirects.REDIRECTS,
    cases_content.CONTENTS,
)
