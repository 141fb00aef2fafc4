// SPDX-License-Identifier: GPL-2.0-only
/*
 * Its last act is to write its own /proc/self/maps to a file, and that map stays
 * the last: what is needed for it is there before, and nothing is cleaned up.
 * Usage: last FILE [fork]: a child does it
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1 << 16];

int main(int argc, char **argv)
{
	int in, out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t got;

	if (argc > 2 && fork()) {
		wait(NULL);
		return 0;
	}
	memset(text, 1, sizeof(text));
	in = open("/proc/self/maps", O_RDONLY);
	while ((got = read(in, text, sizeof(text))) > 0)
		if (write(out, text, got) != got)
			_exit(1);
	_exit(0);
}
