# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the scripts that run tests, in the VM or not, and count their results.
# The caller has set $top, and $limit: how many seconds one test may take.
# shellcheck disable=SC2154

passed=0
failed=0
skipped=0
tap=$(mktemp)
trap 'rm -f "$tap"' EXIT

fail()
{
	echo "not ok $*"
	failed=$((failed + 1))
}

load()
{
	insmod "$top/build/$(uname -r)/vproc.ko" || fail "$1: insmod"
}

unload()
{
	rmmod vproc || fail "$1: rmmod"
}

# The limit stops a program that hangs: status 124, or 137 if it had to be killed.
limited()
{
	local status=0

	timeout --kill-after=5 "$limit" "$@" >"$tap" 2>&1 || status=$?
	cat "$tap"
	return "$status"
}

# Usage: run_tap NAME COMMAND...; a program that prints TAP. One that gives no
# plan, fewer results than planned, or a status that its results do not explain
# is one more failure.
run_tap()
{
	local name=$1 status=0 ok bad skip plan
	shift

	limited "$@" || status=$?
	skip=$(grep -ciE '^ok .*# skip' "$tap") || :
	ok=$(($(grep -c '^ok ' "$tap" || :) - skip))
	bad=$(grep -c '^not ok ' "$tap") || :
	plan=$(sed -nE 's/^1\.\.([0-9]+).*/\1/p' "$tap" | head -n 1)
	passed=$((passed + ok))
	failed=$((failed + bad))
	skipped=$((skipped + skip))

	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		fail "$name: no end within $limit s"
	elif [ "$plan" = 0 ]; then
		skipped=$((skipped + 1))
	elif [ "$plan" != $((ok + bad + skip)) ]; then
		fail "$name: $((ok + bad + skip)) results, planned ${plan:-none}"
	elif [ "$status" != 0 ] && [ "$status" != 4 ] && [ "$bad" = 0 ]; then
		fail "$name: status $status"
	fi
}

# The command that is tested is the one that "make stage" has installed.
use_staged()
{
	local staged=$top/build/install/usr/bin

	if [ ! -x "$staged/vproc" ]; then
		echo "no $staged/vproc: make stage" >&2
		exit 1
	fi
	export PATH=$staged:$top/build/tools:$PATH
}

# Usage: tool_tests -l|-L; the scripts in tools/tests that say that they need the
# device, or with -L the others.
tool_tests()
{
	find "$top/tools/tests" -maxdepth 1 -type f -executable \
		-exec grep "$1" '^#.*Needs the device' {} + | sort
}

# Looks for leaks; the last line counts the results.
end_results()
{
	"$top/scripts/guest/kmemleak-check" || fail "kmemleak"
	echo "$passed passed, $failed failed, $skipped skipped"
}
