# SPDX-License-Identifier: Apache-2.0
"""An archive to be damaged, and the ways in which it is: what an audit must find."""
