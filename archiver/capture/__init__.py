# SPDX-License-Identifier: Apache-2.0
"""Engines: a request in, an exchange with the exact bytes out. The only place, with the crawl service, that is asynchronous."""
