# SPDX-License-Identifier: Apache-2.0
"""Job files: text in, frozen values out. No files, clock, network or environment are touched here.

`reading.read_job` reads a job; `effective` has the values it gives; `schedule` says when a job runs. The published JSON
Schema of the file is made from `job`.
"""
