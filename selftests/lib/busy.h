/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that does not stand still: its threads change its map, each in an
 * arena of its own and all of them the break, until they are told to stop.
 */
#ifndef _SELFTESTS_BUSY_H
#define _SELFTESTS_BUSY_H

#define BUSY_THREADS_MAX	256

/* Before the process is forked. 0, or -1 and errno. */
int busy_init(void);

/**
 * busy_start() - start the threads; a function for target_run()
 * @args: how many; and how long, in us, each rests after some changes, or 0
 *
 * Once: what they unmap, others of the process must not have.
 *
 * Return: 0, with the threads running; -1 and errno on error.
 */
long busy_start(const unsigned long *args);

/* Have them stop, from whatever process. */
void busy_stop(void);

/* Wait until they have; for target_run(). */
long busy_join(const unsigned long *args);

#endif /* _SELFTESTS_BUSY_H */
