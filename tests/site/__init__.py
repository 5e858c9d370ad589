# SPDX-License-Identifier: Apache-2.0
"""The one fixture site of the tests: an origin on loopback that misbehaves by name, byte-exactly.

`server` holds the sockets, `conversation` is what a case may do on one of them, `case` is what a case promises about
the right answer, `cases` collects them, `pages` holds the ordinary pages. `host` is a host that is a case as a whole,
`hosts` collects those, `secure` has the ones with TLS. Nothing here is random and nothing reaches
beyond loopback.
"""
