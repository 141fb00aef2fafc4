/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attempts to unload the module while somebody uses it: each must be refused.
 */
#ifndef _SELFTESTS_UNLOAD_H
#define _SELFTESTS_UNLOAD_H

#include <sys/types.h>

/* One attempt. 0 if it was refused; else -1 and errno, 0 if the module went. */
int unload_refused(void);

/**
 * struct unloader - a process that tries it all the time
 * @pid: the process
 * @anchor: a file of the device, which is why it must be refused
 * @tally: how that has gone, in memory that both share
 */
struct unloader {
	pid_t pid;
	int anchor;
	struct unloader_tally *tally;
};

/* 0, or -1 and errno. */
int unloader_start(struct unloader *unloader);

/**
 * unloader_stop() - the end of it
 *
 * Return: how often it was refused; or -1 and errno as unload_refused(), or
 * ETIMEDOUT if an attempt has taken half a minute.
 */
long unloader_stop(struct unloader *unloader);

#endif /* _SELFTESTS_UNLOAD_H */
