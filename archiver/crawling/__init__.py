# SPDX-License-Identifier: Apache-2.0
"""Running crawls: from a job to worker processes, and what can be told and asked of them meanwhile."""
