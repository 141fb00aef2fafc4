# SPDX-License-Identifier: GPL-2.0-only
# Fill a large hash, then fork.

use strict;
use warnings;

my %lengths = map { ("key$_" => "x" x ($_ % 100)) } 1 .. 60000;
my @children;
for (1 .. 4) {
	my $pid = fork // die "fork: $!";
	exit(keys(%lengths) != 60000) if !$pid;
	push @children, $pid;
}
for my $pid (@children) {
	waitpid $pid, 0;
	die "child $pid: $?" if $?;
}
