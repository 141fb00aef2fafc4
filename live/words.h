/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_WORDS_H
#define _VPROC_LIVE_WORDS_H

#include <linux/types.h>
#include <linux/uaccess.h>

/**
 * vproc_put_words - copy to user space what is small and made of whole words
 * @to: where to, in user space; any alignment
 * @from: what
 * @size: bytes of each, a constant, a multiple of eight
 * @nr: how many there are
 *
 * As copy_to_user(), which copies with an instruction that takes its time to
 * begin: an answer of a hundred bytes is there before that.
 *
 * Context: may fault, unless the caller has disabled that.
 * Return: false if the memory is not there; a part of it may be written.
 */
static inline bool vproc_put_words(void __user *to, const void *from,
				   size_t size, u32 nr)
{
	const size_t words = size / sizeof(u64);
	const u64 *word = from;
	u64 __user *at = to;
	size_t i;

	if (!user_access_begin(to, nr * size))
		return false;
	for (; nr; nr--, word += words, at += words)
#pragma GCC unroll 16
		for (i = 0; i < words; i++)
			unsafe_put_user(word[i], &at[i], fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

/**
 * vproc_get_words - the reverse of vproc_put_words()
 * @to: where to
 * @from: what, in user space; any alignment
 * @size: bytes, a multiple of eight
 *
 * Context: may fault.
 * Return: false if the memory is not there; @to is then of no use.
 */
static inline bool vproc_get_words(void *to, const void __user *from,
				   size_t size)
{
	const size_t words = size / sizeof(u64);
	const u64 __user *at = from;
	u64 *word = to;
	size_t i;

	if (!user_access_begin(from, size))
		return false;
#pragma GCC unroll 16
	for (i = 0; i < words; i++)
		unsafe_get_user(word[i], &at[i], fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

#endif /* _VPROC_LIVE_WORDS_H */
