# SPDX-License-Identifier: Apache-2.0
"""What people and programs meet: the command line. Faces choose words, colours and exit codes; they decide nothing else."""
