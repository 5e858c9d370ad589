# SPDX-License-Identifier: Apache-2.0
"""The report of an ended crawl: counted once from the frontier, told in five files, and sealed beside them.

`account` counts, `report` is the value that is told, `log` and `page` tell it, `sealing` stores it all, `sealed` reads it
back, `why` tells of one URL.
"""
