# SPDX-License-Identifier: Apache-2.0
"""What the archive does, over the ports: ingest, lookup, audit, rebuild. Each service is a straight walk along the data flow."""
