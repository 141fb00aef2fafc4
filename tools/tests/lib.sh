# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# For the tests of the vproc command: source it first, and call finish last.
# Each of the functions is one result, printed as TAP.
#
#   ok TITLE COMMAND...             succeeds if COMMAND does
#   is TITLE EXPECTED ACTUAL        two strings
#   like TITLE REGEX COMMAND...     COMMAND succeeds, and its output matches
#   fails STATUS TITLE REGEX COMMAND...
#                                   COMMAND exits with STATUS, prints nothing
#                                   on its standard output, and its complaint
#                                   matches
#   golden NAME COMMAND...          COMMAND succeeds and prints what is in the
#                                   file golden/NAME; with VPROC_GOLDEN=write
#                                   that file is written instead
#   skip TITLE WHY
#
# $tmp is an empty directory of the test's own, $tests this one, and $samples
# where the recordings are that tools/tests/sample.c has made.

set -u

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
samples=$tests/../../build/tools/tests
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC
export tests samples

nr_results=0
nr_failed=0

# Usage: result STATUS TITLE; what is in the files $tmp/out and err is shown
# if it is a failure.
result()
{
	nr_results=$((nr_results + 1))
	if [ "$1" = 0 ]; then
		echo "ok $nr_results $2"
		return
	fi
	nr_failed=$((nr_failed + 1))
	echo "not ok $nr_results $2"
	head -n 40 "$tmp/why" "$tmp/out" "$tmp/err" 2>/dev/null | sed 's/^/# /'
}

# Usage: run COMMAND...; its output in $tmp/out and $tmp/err; its status.
run()
{
	: >"$tmp/why"
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
}

# Usage: why TEXT; says more about a failure, and fails.
why()
{
	echo "$*" >>"$tmp/why"
	return 1
}

ok()
{
	local title=$1 status=0
	shift

	run "$@" || why "status $?" || status=1
	result $status "$title"
}

is()
{
	local status=0

	rm -f "$tmp/why" "$tmp/out" "$tmp/err"
	[ "$2" = "$3" ] || why "expected '$2', got '$3'" || status=1
	result $status "$1"
}

like()
{
	local title=$1 regex=$2 status=0
	shift 2

	run "$@" || why "status $?" || status=1
	grep -qE -e "$regex" "$tmp/out" || why "no line like $regex" || status=1
	result $status "$title"
}

fails()
{
	local expected=$1 title=$2 regex=$3 status=0
	shift 3

	run "$@" || status=$?
	if [ "$status" != "$expected" ]; then
		why "status $status, not $expected"
		status=1
	else
		status=0
	fi
	[ ! -s "$tmp/out" ] || why "something on standard output" || status=1
	grep -qE -e "$regex" "$tmp/err" || why "no complaint like $regex" || status=1
	result $status "$title"
}

golden()
{
	local file=$tests/golden/$1 status=0
	local title="golden/$1"
	shift

	run "$@" || why "status $?" || status=1
	if [ "${VPROC_GOLDEN:-}" = write ]; then
		cp "$tmp/out" "$file"
	else
		diff -u "$file" "$tmp/out" >>"$tmp/why" || status=1
		: >"$tmp/out"
	fi
	result $status "$title"
}

skip()
{
	nr_results=$((nr_results + 1))
	echo "ok $nr_results $1 # SKIP $2"
}

finish()
{
	echo "1..$nr_results"
	[ "$nr_failed" = 0 ]
	exit
}
