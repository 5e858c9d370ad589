# SPDX-License-Identifier: Apache-2.0
"""Endless spaces: URLs that a site makes up without end, recognised by their shape and by how they multiply.

`Traps` judges one URL after the other; `drop_parameters` applies a job's rules on parameters that name no page of their
own. Pure: no I/O, no clock; the day is an argument.
"""

from archiver.traps.judging import Traps
from archiver.traps.limits import TrapLimits
from archiver.traps.parameters import drop_parameters

__all__ = ["TrapLimits", "Traps", "drop_parameters"]
