// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log: what the hooks saw and apply has not yet taken up.
 *
 * The hooks run under the target's mmap_lock, some with preemption disabled;
 * they copy a record and go. When there is no room the record is dropped and
 * the log says so: the model is then rebuilt from the VMAs.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "live/log.h"

#define VPROC_LOG_MASK	(VPROC_LOG_SIZE - 1)

/**
 * vproc_log_init - an empty log
 * @log: the log
 *
 * Return: 0 or -ENOMEM.
 */
int vproc_log_init(struct vproc_log *log)
{
	raw_spin_lock_init(&log->lock);
	/* Fifteen pages, of which kmalloc() would make sixteen in one piece. */
	log->slots = __vmalloc(array_size(VPROC_LOG_SIZE, sizeof(*log->slots)),
			       GFP_KERNEL_ACCOUNT);
	return log->slots ? 0 : -ENOMEM;
}

/**
 * vproc_log_destroy - drop what is left, and the log
 * @log: the log, which no hook can reach any more
 */
void vproc_log_destroy(struct vproc_log *log)
{
	const char *name;

	while (vproc_log_peek(log, &name))
		vproc_log_pop(log);
	vfree(log->slots);
}

static unsigned int vproc_record_slots(const struct vproc_record *record)
{
	return record->vma.named ? 2 : 1;
}

/**
 * vproc_log_push - append a record
 * @log: the log
 * @record: the record; the log takes a reference of its own to its file
 * @name: the given name, if record->vma.named
 *
 * Context: any but NMI; does not sleep.
 * Return: the slots in use now; VPROC_LOG_SIZE if it found no room, and then
 * the log is stale.
 */
unsigned int vproc_log_push(struct vproc_log *log,
			    const struct vproc_record *record,
			    const char *name)
{
	unsigned int need = vproc_record_slots(record);
	unsigned int used;
	unsigned long flags;

	raw_spin_lock_irqsave(&log->lock, flags);
	/* Pairs with the release in vproc_log_pop(): the slots are free. */
	used = log->head - smp_load_acquire(&log->tail);
	if (used + need > VPROC_LOG_SIZE) {
		vproc_log_spoil(log);
		raw_spin_unlock_irqrestore(&log->lock, flags);
		return VPROC_LOG_SIZE;
	}

	log->slots[log->head & VPROC_LOG_MASK].record = *record;
	if (record->vma.file)
		get_file(record->vma.file);
	if (record->vma.named)
		strscpy(log->slots[(log->head + 1) & VPROC_LOG_MASK].name, name,
			VPROC_GIVEN_NAME_MAX);
	/* Pairs with the acquire in vproc_log_peek(): the slots are written. */
	smp_store_release(&log->head, log->head + need);
	raw_spin_unlock_irqrestore(&log->lock, flags);
	return used + need;
}

/**
 * vproc_log_peek - the oldest record
 * @log: the log
 * @name: where to put its given name, or NULL if it has none
 *
 * Context: the space's lock is held.
 * Return: the record, valid until it is popped; NULL if the log is empty.
 */
const struct vproc_record *vproc_log_peek(struct vproc_log *log,
					  const char **name)
{
	const struct vproc_record *record;

	/* Pairs with the release in vproc_log_push(). */
	if (log->tail == smp_load_acquire(&log->head))
		return NULL;

	record = &log->slots[log->tail & VPROC_LOG_MASK].record;
	*name = NULL;
	if (record->vma.named)
		*name = log->slots[(log->tail + 1) & VPROC_LOG_MASK].name;
	return record;
}

/**
 * vproc_log_peek_second - the record after the oldest
 * @log: the log, not empty
 *
 * Context: the space's lock is held.
 * Return: the record; NULL if there is none yet.
 */
const struct vproc_record *vproc_log_peek_second(struct vproc_log *log)
{
	const struct vproc_record *record;
	unsigned int next;

	record = &log->slots[log->tail & VPROC_LOG_MASK].record;
	next = log->tail + vproc_record_slots(record);
	/* Pairs with the release in vproc_log_push(). */
	if (next == smp_load_acquire(&log->head))
		return NULL;
	return &log->slots[next & VPROC_LOG_MASK].record;
}

/**
 * vproc_log_pop - drop the oldest record
 * @log: the log, not empty
 *
 * Context: the space's lock is held. May sleep.
 */
void vproc_log_pop(struct vproc_log *log)
{
	const struct vproc_record *record;
	unsigned int slots;
	struct file *file;

	record = &log->slots[log->tail & VPROC_LOG_MASK].record;
	file = record->vma.file;
	slots = vproc_record_slots(record);
	/* Pairs with the acquire in vproc_log_push(). */
	smp_store_release(&log->tail, log->tail + slots);
	if (file)
		fput(file);
}
