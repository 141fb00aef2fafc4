# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests of what is drawn on a terminal, which is tmux's and has a shell:
# source it after target.sh. Processes are slow to start in a VM that is
# emulated, so one tmux is told what to do all along.
#
#   start_terminal COLUMNS ROWS
#   end_terminal
#   terminal COMMAND [ARG...]   has tmux do that; what it says is in ${reply[@]}
#   keys KEY...                 presses keys, as "tmux send-keys" names them
#   capture                     what is on the screen is in ${screen[@]}
#   has REGEX                   a line of ${screen[@]} is like that
#   lacks REGEX                 none is
#   shows REGEX                 a line of the screen is, now or soon
#   settings                    sets $settings to what "stty -a" says

: "${tmp:?}"
reply=()
screen=()
marks=0

start_terminal()
{
	mkfifo "$tmp/keys" "$tmp/replies"
	tmux -L "${tmp##*/}" -f /dev/null -C new-session -x "$1" -y "$2" \
		'env PS1="$ " bash --norc' <"$tmp/keys" >"$tmp/replies" &
	exec {to_tmux}>"$tmp/keys" {from_tmux}<"$tmp/replies"
	rm "$tmp/keys" "$tmp/replies"
	read_reply
	# What is on the screen is asked for.
	terminal refresh-client -f no-output
	terminal resize-window -x "$1" -y "$2"
	shows '^[$] ?$'
}

end_terminal()
{
	[ "${to_tmux:-}" ] || return 0
	echo kill-server >&"$to_tmux"
	# Until it has: it would not read on if nobody listened.
	while read -r -t 30 -u "$from_tmux"; do :; done
	exec {to_tmux}>&- {from_tmux}<&-
}

# Between the lines "%begin ..." and "%end ..."; others, before it, are news.
read_reply()
{
	local line begun=

	reply=()
	while IFS= read -r -t 30 -u "$from_tmux" line; do
		case $line in
		%begin\ *)	begun=1 ;;
		%end\ *)	return 0 ;;
		%error\ *)	return 1 ;;
		*)		[ ! "$begun" ] || reply+=("$line") ;;
		esac
	done
	return 1
}

terminal()
{
	local word line=

	for word; do
		line+=" '$word'"
	done
	echo "$line" >&"$to_tmux"
	read_reply
}

keys()
{
	terminal send-keys "$@"
}

capture()
{
	terminal capture-pane -p && screen=("${reply[@]}")
}

has()
{
	local line

	for line in "${screen[@]}"; do
		[[ ! $line =~ $1 ]] || return 0
	done
	printf '%s\n' "no line like $1:" "${screen[@]}"
	return 1
}

lacks()
{
	if has "$1" >/dev/null; then
		printf '%s\n' "a line like $1:" "${screen[@]}"
		return 1
	fi
}

has_soon()
{
	capture && has "$1" >/dev/null
}

shows()
{
	until_true has_soon "$1" || has "$1"
}

settings()
{
	local line

	settings=
	marks=$((marks + 1))
	keys C-l "stty -a; echo mark-$marks" Enter
	shows "^mark-$marks$" || return
	for line in "${screen[@]:1}"; do
		[ "$line" != "mark-$marks" ] || break
		settings+=$line$'\n'
	done
}
