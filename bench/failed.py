# SPDX-License-Identifier: Apache-2.0
"""What ends a benchmark: something is missing on the machine, or a run did not do what it was measured for."""


class Failed(Exception):
    """No figure can be given; the text says why."""
