#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fill an array, then run pipes.

set -e

declare -a squares
for ((i = 0; i < 5000; i++)); do
	squares[i]=$((i * i))
done
for ((i = 0; i < 20; i++)); do
	[ "$(echo "${squares[i]}" | cat)" = $((i * i)) ]
done
