# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the scripts that run one long test in the VM. The caller has set $top.
# shellcheck disable=SC2154

# Usage: last_line_last COMMAND...
#
# Runs the command, and looks for what it has leaked; then comes its last line, so
# that this is the last one. Ends the script: with the command's status, or 1.
last_line_last()
{
	local last='' line status=0

	while IFS= read -r line; do
		[ -z "$last" ] || echo "$last"
		last=$line
	done < <("$@" 2>&1)
	wait $! || status=$?
	"$top/scripts/guest/kmemleak-check" || status=1
	echo "$last"
	exit "$status"
}
