#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Count the headers of Linux by their first letters.

find /usr/include/linux -name '*.h' |
	awk -F / '{ count[substr($NF, 1, 1)]++ }
		END { for (c in count) print count[c], c }' |
	sort -rn |
	grep -q '[0-9] n$'
