# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests that look at a live process: source it after lib.sh.
#
#   start_target        starts tools/tests/target.c; $target is its process id
#   tell COMMAND...     has it do something, and waits until that is done
#   end_target          makes it exit
#   save COMMAND...     keeps what it prints, which is JSON
#   checks              takes checks of that, and of what /proc says, from
#                       standard input, each a result: see checks.py
#   nap SECONDS         sleeps, without starting a process
#   until_true COMMAND...
#                       waits until COMMAND succeeds, for some seconds at most

: "${tmp:?}" "${tests:?}" "${samples:?}"
target=

mkfifo "$tmp/never"
exec {never}<>"$tmp/never"

start_target()
{
	mkfifo "$tmp/to" "$tmp/from"
	"$samples/target" <"$tmp/to" >"$tmp/from" &
	target=$!
	exec {to}>"$tmp/to" {from}<"$tmp/from"
	rm "$tmp/to" "$tmp/from"
	read -r -t 30 -u "$from"
}

tell()
{
	echo "$*" >&"$to"
	read -r -t 30 -u "$from"
}

end_target()
{
	[ "$target" ] || return 0
	echo exit >&"$to"
	exec {to}>&- {from}<&-
	wait "$target"
	target=
}

save()
{
	"$@" >"$tmp/json"
}

checks()
{
	local status title

	cat >"$tmp/expressions"
	run python3 "$tests/checks.py" "$tmp/json" "$target" "$tmp/expressions" ||
		result 1 "checks.py"
	mv "$tmp/out" "$tmp/results"
	while read -r status title; do
		result "$status" "$title"
	done <"$tmp/results"
}

nap()
{
	read -r -t "$1" -u "$never"
	:
}

until_true()
{
	local end=$((SECONDS + 20))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		nap 0.1
	done
}
