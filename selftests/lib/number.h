/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SELFTESTS_NUMBER_H
#define _SELFTESTS_NUMBER_H

/**
 * number_of_option() - the number that an option was given
 * @option: its name, without dashes
 * @arg: what it was given
 * @least: 0, or 1 if it is to be above 0
 *
 * Return: the number; where it is none, the program ends with status 2, having
 * said so.
 */
unsigned long number_of_option(const char *option, const char *arg,
			       unsigned long least);

#endif /* _SELFTESTS_NUMBER_H */
