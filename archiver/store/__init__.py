# SPDX-License-Identifier: Apache-2.0
"""Where bytes are: the backends of the `Store` port.

`memory`, `local` and `s3` keep objects; `probe` tries what evidence needs of them; `keys`, `content` and `retry` hold
what they share; `keeping` says what an operator wants of a bucket. Only `wiring.py` names a backend; everybody else is
handed a `ports.Store`.
"""
