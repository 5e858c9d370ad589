# SPDX-License-Identifier: Apache-2.0
"""Which URLs belong to a crawl: `ScopeRule` is what an operator wrote, `Scope` judges one URL after the other by it.

Pure: no I/O, no clock. Patterns are RE2, so no pattern and no URL makes a verdict slow.
"""

from archiver.scope.judging import MAX_EMBEDDED, MAX_REDIRECTS, Scope, Verdict
from archiver.scope.patterns import Patterns, check_pattern
from archiver.scope.rule import ScopeRule

__all__ = ["MAX_EMBEDDED", "MAX_REDIRECTS", "Patterns", "Scope", "ScopeRule", "Verdict", "check_pattern"]
