/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SELFTESTS_FILE_H
#define _SELFTESTS_FILE_H

/* Write to a file that is there, as those of proc and sysfs: 0, or -1 and errno. */
int file_write(const char *path, const char *text);

/* Bytes of a huge page. */
#define HUGE_PAGE	(2UL << 20)

/*
 * Have so many huge pages in all. Returns how many there are then, or 0 if there can
 * be none.
 */
int huge_pages_reserve(int nr);

/* Send an open file over a Unix socket: 0, or -1 and errno. */
int file_send(int channel, int fd);

#endif /* _SELFTESTS_FILE_H */
