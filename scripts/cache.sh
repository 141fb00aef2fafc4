# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Entries of the cache that come from the distribution's archive; source it after
# common.sh.  $tmp is the entry that is being made.
# shellcheck disable=SC2154

apt_options=(-qq -o APT::Sandbox::User=root)

# The archive that the machine uses.
mirror()
{
	local uri

	# shellcheck disable=SC2016
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
		awk '/\/debian\/?$/ && !found++')
	[ "$uri" ] || die "apt knows no Debian archive"
	echo "$uri"
}

# Usage: use_suite SUITE; one that the machine does not use is read with an apt
# state of our own, from the mirror that the machine uses.
use_suite()
{
	local suite=$1 uri

	# shellcheck disable=SC2016
	! apt-get indextargets --format '$(RELEASE)' 'Created-By: Packages' |
		grep -x "$suite" >/dev/null || return 0

	uri=$(mirror)
	mkdir -p "$cache/apt/$suite"/{lists,archives}/partial
	# Until this script ends: apt would not wait for another.
	exec 8>"$cache/apt/$suite/lock"
	flock 8
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$uri $suite main" >"$cache/apt/$suite/sources.list"
	apt_options+=(
		-o Dir::Etc::SourceList="$cache/apt/$suite/sources.list"
		-o Dir::Etc::SourceParts=-
		-o Dir::State::Lists="$cache/apt/$suite/lists"
		-o Dir::Cache="$cache/apt/$suite"
	)
	apt-get "${apt_options[@]}" update
}

# The first name matching $2 among the dependencies of package $1.
depends()
{
	apt-cache "${apt_options[@]}" depends --no-recommends --no-suggests "$1" |
		sed -nE "s/^ *\|?Depends: ($2)\$/\1/p" | head -n 1
}

candidate()
{
	apt-cache "${apt_options[@]}" show --no-all-versions "$1" |
		sed -n 's/^Version: //p'
}

# Unpack PACKAGE[=VERSION]... together into the directory $1.
unpack()
{
	local dir=$1 deb
	shift

	note "fetching $*"
	mkdir -p "$dir/deb"
	(cd "$dir/deb" && apt-get "${apt_options[@]}" download "$@") >&2
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -r "$dir/deb"
}

# What is prepared in a temporary directory appears under its name at once,
# whole, or not at all.
new_entry()
{
	tmp=$(mktemp -d "$cache/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
}

finish_entry()
{
	chmod 755 "$1"
	mv -T "$1" "$2"
	rm -rf "$tmp"
	trap - EXIT
}

# The newest cache entry matching the pattern $1.
newest()
{
	compgen -G "$cache/$1" | sort -V | tail -n 1
}
