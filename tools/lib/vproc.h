/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libvproc: the memory map of processes, now and at any moment of their past.
 *
 * The present. A *mirror* is the map of one process as it is now, kept in the
 * memory of the caller by the events that the device shares with it. To look up
 * an address takes no system call:
 *
 *	struct vproc_mirror *mirror =
 *		vproc_mirror_attach(pid, VPROC_ATTACH_EXEC);
 *	const struct vproc_region *region = vproc_mirror_find(mirror, addr);
 *
 *	if (region && region->name != VPROC_NAME_NONE)
 *		puts(vproc_mirror_name(mirror, region->name)->text);
 *
 * The past.  *A *history* is made of the events that one tracker of /dev/vproc_mem
 * gives, and is about one process from the attach to its end, over its execs. It
 * can be asked about any moment: what was mapped at an address, all regions, the
 * heap and the stack, and what changed in between. What has been unmapped, and
 * who has exited, makes no difference.
 *
 * Histories that belong together, as those of a command and its children, are a
 * *session*. A *recording* is a session in a file; Documentation/recording.rst
 * has its format. A program that follows a process feeds a history with what it
 * reads from the device:
 *
 *	struct vproc_session *session = vproc_session_new(NULL);
 *	struct vproc_history *history = vproc_session_add(session, attach.id);
 *
 *	while ((got = read(fd, events, sizeof(events))) > 0)
 *		vproc_history_append(history, events, got / sizeof(events[0]));
 *
 * and one that looks at the past opens a recording:
 *
 *	char *complaint;
 *	struct vproc_recording *recording =
 *		vproc_recording_load(path, 0, &complaint);
 *	struct vproc_history *history =
 *		vproc_session_at(recording->session, 0);
 *	__u64 seq;
 *
 *	vproc_history_seq_at(history, time, &seq);
 *	vproc_history_region(history, seq, addr, &region);
 *
 * Moments. A moment of a history is a sequence number: that of the last event
 * that has happened. Times, in ns of CLOCK_MONOTONIC as in the events, are
 * turned into one by vproc_history_seq_at(). Sequence numbers of different
 * histories have nothing to do with each other; times do.
 *
 * Exactness. At the number that VPROC_REGIONS of the same tracker returned, the
 * regions are the same, but for what events do not tell: .page_size and .flags,
 * which are 0 here. Where events were lost nothing is guessed: a moment from
 * the first that is missing on is refused with ENODATA, until an exec, or a
 * state given to vproc_history_anchor(), says everything anew.
 *
 * How it is done. Events are kept as they come, 64 bytes each, and all regions
 * every so often: after 1024 events, or after as many as there are regions if
 * that is more, so that this takes less memory than the events do. A question
 * is answered from the last such *checkpoint* and the events after it. That of
 * one address follows that address alone.
 *
 * Conventions. Functions that return int return 0, or -1 with errno set: ENOMEM
 * is always possible. One session, with all its histories, is to be used by one
 * thread at a time, and so is one mirror.
 */
#ifndef _VPROC_H
#define _VPROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vproc_mem.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vproc_session;
struct vproc_history;
struct vproc_snapshot;

/* Mirrors */

/**
 * struct vproc_mirror - the map of a process as it is now
 *
 * What VPROC_QUERY promises holds for a mirror, too: an answer reflects every
 * change of the map whose system call had returned before the call began, or
 * whose fault had. It is what VPROC_QUERY would give, but for what events do not
 * tell: .page_size and .flags, which are 0. Of a change in flight that makes
 * several events, as an mremap does, a part may show; and what a query has to
 * look for itself, as an madvise by an io_uring, may be told a moment later.
 *
 * It follows the process over an exec if the tracker does. When the process has
 * ended, or the tracker was detached, it stays as it was last.
 *
 * Each call first looks if there are new events: a load, if there are none, and
 * about as long as a look-up for each, if there are. It is asked of the device:
 *
 * - all regions, at first, after an exec, and where events had been overwritten
 *   before they were taken up, as by a caller that makes no call for long. That
 *   is one state, from which the events go on: nothing is guessed, nothing lost;
 * - the name of an id that appears, for the inode number.
 *
 * These can fail as VPROC_REGIONS, VPROC_STATS and VPROC_FILE do, EINTR apart,
 * which is not returned; so can memory be short. Then nothing is known, and the
 * next call asks for all regions again.
 *
 * A process may keep a mirror of itself. Regions that are returned stay where
 * they are until the next call on the mirror.
 */
struct vproc_mirror;

/**
 * vproc_mirror_open() - a mirror of what a tracker follows
 * @fd: an open file of the device after VPROC_ATTACH, or from VPROC_OPEN_CHILD.
 *	It remains the caller's, who closes it after the mirror. What read()
 *	gives is not touched
 *
 * Return: the mirror; NULL and errno: ENOTCONN: it is not attached; EPROTO: a
 * ring of another version; or as of mmap(2) of the file.
 */
struct vproc_mirror *vproc_mirror_open(int fd);

/**
 * vproc_mirror_attach() - a mirror of a process, with a tracker of its own
 * @pid: the process; 0: the caller
 * @flags: VPROC_ATTACH_*
 *
 * Return: the mirror; NULL and errno, as of VPROC_ATTACH and of open(2) of the
 * device, too.
 */
struct vproc_mirror *vproc_mirror_attach(pid_t pid, __u32 flags);

/* Ends it; NULL is fine. */
void vproc_mirror_close(struct vproc_mirror *mirror);

/* The tracker, to be asked otherwise: VPROC_HEAP, poll(), VPROC_OPEN_CHILD. */
int vproc_mirror_fd(const struct vproc_mirror *mirror);

/**
 * vproc_mirror_find() - the region that covers an address
 *
 * Return: the region; NULL and errno: ENOENT: nothing is mapped there.
 */
const struct vproc_region *vproc_mirror_find(struct vproc_mirror *mirror,
					     __u64 addr);

/**
 * vproc_mirror_next() - the first region that ends above an address
 *
 * Asked for 0, and then for the end of the last one, it gives all regions, each
 * as it is at that time. All of one moment are given by vproc_mirror_snapshot().
 *
 * Return: the region; NULL and errno: ENOENT: there is none.
 */
const struct vproc_region *vproc_mirror_next(struct vproc_mirror *mirror,
					     __u64 addr);

/**
 * vproc_mirror_snapshot() - all regions, in one state
 * @snapshot: where to put them. .time and .image are 0 if they are not known,
 *	as no event told them
 *
 * It is what /proc/PID/maps shows, the vsyscall page included.
 */
int vproc_mirror_snapshot(struct vproc_mirror *mirror,
			  struct vproc_snapshot *snapshot);

/**
 * vproc_mirror_name() - what is behind a name id
 * @id: vproc_region.name or .file
 *
 * The device is asked each time, as a file may be renamed or deleted, which is
 * no event. Ids are not used twice, so what does not need that can be remembered
 * by id.
 *
 * Return: the name, which stays until the next call on the mirror; NULL and
 * errno, as of VPROC_FILE.
 */
const struct vproc_name *vproc_mirror_name(struct vproc_mirror *mirror,
					   __u32 id);

/* Takes up what has happened, as each of the above does. */
int vproc_mirror_update(struct vproc_mirror *mirror);

/**
 * struct vproc_mirror_info - what a mirror is of
 * @seq: number of the last event that was taken up; 0 after an error
 * @id: the tracker's id
 * @loads: times all regions were asked for: once, and for each exec and loss
 * @execs: times the process was followed over an exec
 * @pid: the process id
 * @end_cause: enum vproc_cause, once @ended
 * @ended: there will be no more events
 */
struct vproc_mirror_info {
	__u64 seq;
	__u64 id;
	__u64 loads;
	__u64 execs;
	pid_t pid;
	__u32 end_cause;
	bool ended;
};

/* As of the last call: this one does not look for new events. */
void vproc_mirror_info(const struct vproc_mirror *mirror,
		       struct vproc_mirror_info *info);

/* Sessions */

/**
 * vproc_session_new() - an empty session
 * @release: kernel release that the events are from, as uname(2) tells it;
 *	NULL: the running one. What is called [heap] depends on it
 *
 * Return: the session; NULL and errno.
 */
struct vproc_session *vproc_session_new(const char *release);

/* Frees the session and its histories; NULL is fine. */
void vproc_session_free(struct vproc_session *session);

/**
 * vproc_session_add() - the history of a tracker, made if there is none yet
 * @id: vproc_attach.id, vproc_open_child.id, or that of an ATTACH event
 *
 * Return: the history, which the session owns; NULL and errno.
 */
struct vproc_history *vproc_session_add(struct vproc_session *session,
					__u64 id);

/**
 * vproc_session_place() - the name that follows from where a region lies
 * @layout: the last LAYOUT event before it
 * @set: a SET event without a file
 *
 * Return: VPROC_NAME_HEAP, VPROC_NAME_STACK or VPROC_NAME_NONE.
 */
__u32 vproc_session_place(const struct vproc_session *session,
			  const struct vproc_event *layout,
			  const struct vproc_event *set);

/* The history of a tracker; NULL if there is none. */
struct vproc_history *vproc_session_find(const struct vproc_session *session,
					 __u64 id);

/* All histories, in the order in which they were added. */
size_t vproc_session_count(const struct vproc_session *session);
struct vproc_history *vproc_session_at(const struct vproc_session *session,
				       size_t index);

/* Times of the earliest and of the latest event; 0 without any. */
__u64 vproc_session_start(const struct vproc_session *session);
__u64 vproc_session_end(const struct vproc_session *session);

/* Histories: telling them what happened */

/**
 * vproc_history_append() - the next events of the tracker
 * @events: as read() gave them
 * @count: how many
 *
 * Return: 0; -1: EPROTO: an event that cannot be, see vproc_history_complaint().
 * Those before it have been taken up, and no others will be.
 */
int vproc_history_append(struct vproc_history *history,
			 const struct vproc_event *events, size_t count);

/* What was wrong with the event after the last one; NULL if nothing was. */
const char *vproc_history_complaint(const struct vproc_history *history);

/**
 * struct vproc_name - what is behind a name id, from a moment on
 * @id: the id, as in vproc_event.file
 * @kind: enum vproc_file_kind
 * @dev_major: the file's device; 0 without a file
 * @dev_minor: the file's device; 0 without a file
 * @inode: the file's inode number; 0 without a file
 * @since: number of the last event when it was looked up
 * @text: the name, as VPROC_FILE gave it: no newline is escaped
 * @build_id: of the ELF file, which tells it from all others, a later one at the
 *	same path among them; NULL if it has none, or it is not known
 * @build_id_size: bytes of it
 */
struct vproc_name {
	__u32 id;
	__u32 kind;
	__u32 dev_major;
	__u32 dev_minor;
	__u64 inode;
	__u64 since;
	const char *text;
	const unsigned char *build_id;
	size_t build_id_size;
};

/**
 * vproc_history_set_name() - what VPROC_FILE said about an id
 * @name: is copied, with what it points to
 *
 * A path changes when the file is renamed or deleted, which is no event: tell
 * it again whenever it is looked up again. What has not changed costs nothing.
 */
int vproc_history_set_name(struct vproc_history *history,
			   const struct vproc_name *name);

/**
 * vproc_history_anchor() - all regions at one moment, as VPROC_REGIONS gave them
 * @head: all but the regions; .addr and .flags were 0 when it was asked for, and
 *	.count is .total
 * @regions: the regions
 *
 * Two things are taken from it. If there is a vsyscall page among the regions,
 * or not, then this is so for the whole image of that moment: events do not
 * tell. And if the moment is in a gap, the gap ends with it. It may be given
 * before the event with its number.
 */
int vproc_history_anchor(struct vproc_history *history,
			 const struct vproc_regions *head,
			 const struct vproc_region *regions);

/* Histories: as a whole */

/**
 * struct vproc_history_info - what a history is about
 * @id: the tracker's id
 * @parent: the id of that which had the FORK event; 0 if none has
 * @pid: the process id; 0 before the ATTACH event
 * @end_cause: enum vproc_cause of the END event; 0 if there was none yet
 * @start: time of the first event
 * @end: time of the last event
 * @first: number of the first moment that can be asked about
 * @last: number of the last event
 * @events: events kept, which is less than @last if some were lost
 * @lost: events that were lost
 * @resyncs: RESYNC events: that many times something had been overlooked
 * @execs: EXEC events
 * @ended: there was an END event
 */
struct vproc_history_info {
	__u64 id;
	__u64 parent;
	pid_t pid;
	__u32 end_cause;
	__u64 start;
	__u64 end;
	__u64 first;
	__u64 last;
	__u64 events;
	__u64 lost;
	__u64 resyncs;
	__u64 execs;
	bool ended;
};

void vproc_history_info(const struct vproc_history *history,
			struct vproc_history_info *info);

/**
 * vproc_history_event() - an event by its place
 * @index: from 0; an event has the number @index + 1 as long as none is lost
 *
 * Return: the event, which stays where it is as long as the history is there;
 * NULL if there are not so many.
 */
const struct vproc_event *
vproc_history_event(const struct vproc_history *history, size_t index);

/* The place of the last event whose number is not above @seq, plus one. */
size_t vproc_history_index(const struct vproc_history *history, __u64 seq);

/* Histories: asking about a moment */

/**
 * vproc_history_seq_at() - the moment that a time is in
 * @time: ns of CLOCK_MONOTONIC
 * @seq: out: number of the last event that had happened
 *
 * What an attach or an exec tells region by region was there at once: such a
 * moment is the one after the last of them.
 *
 * Return: 0; -1: ERANGE: before the first event; ESRCH: after the END event (the
 * number of that event is the last moment); ENODATA: between a RESYNC event and
 * the one before it, when something changed and nobody knows when.
 */
int vproc_history_seq_at(const struct vproc_history *history, __u64 time,
			 __u64 *seq);

/**
 * struct vproc_snapshot - all that was mapped at one moment
 * @seq: the moment
 * @time: time of the event with this number
 * @image: number of the ATTACH or EXEC event that this image began with
 * @start_brk: start of the heap
 * @brk: the break
 * @start_stack: start of the main stack
 * @count: number of regions
 * @room: regions that there is room for
 * @regions: the regions, in the order of their addresses, the vsyscall page,
 *	where the process has one, as the last
 *
 * All zero is an empty one. It can be used again and again, and is to be given
 * to vproc_snapshot_clear() in the end.
 */
struct vproc_snapshot {
	__u64 seq;
	__u64 time;
	__u64 image;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
	size_t count;
	size_t room;
	struct vproc_region *regions;
};

/**
 * vproc_history_snapshot() - all regions at a moment
 * @seq: the moment
 * @snapshot: where to put them
 *
 * Return: 0; -1: ERANGE: there was no such moment; ENODATA: it is in a gap.
 */
int vproc_history_snapshot(const struct vproc_history *history, __u64 seq,
			   struct vproc_snapshot *snapshot);

void vproc_snapshot_clear(struct vproc_snapshot *snapshot);

/**
 * vproc_history_region() - the region that covered an address at a moment
 * @seq: the moment
 * @addr: the address
 * @region: out: the region
 *
 * Return: 0; -1: ENOENT: nothing was mapped there; ERANGE, ENODATA: as
 * vproc_history_snapshot().
 */
int vproc_history_region(const struct vproc_history *history, __u64 seq,
			 __u64 addr, struct vproc_region *region);

/**
 * vproc_history_name() - what was behind a name id at a moment
 * @id: vproc_region.name or .file, or vproc_event.file
 * @seq: the moment
 *
 * Return: what was known last by then, else what was known first; NULL: nothing
 * is known of this id. It stays valid until the next name is told.
 */
const struct vproc_name *
vproc_history_name(const struct vproc_history *history, __u64 id, __u64 seq);

/* Histories: what changed */

/**
 * vproc_history_last_change() - the event that made an address what it was
 * @addr: the address
 * @seq: a moment
 *
 * Return: the last event up to @seq that set or cleared a range with @addr, or
 * began an image; NULL if there is none.
 */
const struct vproc_event *
vproc_history_last_change(const struct vproc_history *history, __u64 addr,
			  __u64 seq);

/**
 * vproc_history_next_change() - the event that made it something else
 *
 * Return: the first event after @seq that set or cleared a range with @addr, or
 * began an image, or the END; NULL if there is none.
 */
const struct vproc_event *
vproc_history_next_change(const struct vproc_history *history, __u64 addr,
			  __u64 seq);

/* Histories: from beginning to end */

/**
 * struct vproc_map - all regions in the course of a replay
 *
 * It lives as long as the call that it was given to, and is about the moment of
 * that call. The vsyscall page, of which events do not tell, is never in it.
 */
struct vproc_map;

/* How many regions there are. */
size_t vproc_map_count(const struct vproc_map *map);

/**
 * vproc_map_region() - the region that covers an address
 * @region: out: the region
 *
 * Return: 0; -1: ENOENT: nothing is mapped there; ENODATA: it is not known,
 * since events are missing.
 */
int vproc_map_region(const struct vproc_map *map, __u64 addr,
		     struct vproc_region *region);

/**
 * vproc_map_next() - the first region that ends above an address
 *
 * Asked for 0, and then for the end of the last one, it gives all regions.
 *
 * Return: 0; -1: ENOENT: there is none; ENODATA: as above.
 */
int vproc_map_next(const struct vproc_map *map, __u64 addr,
		   struct vproc_region *region);

/**
 * vproc_map_program() - the program that the process runs
 * @region: out: its code
 *
 * That is the last executable region of a file below the heap, or the first of
 * all if there is none: so it is wherever the kernel has put program, loader and
 * heap, but a process that makes regions of its own there can pretend.
 *
 * Return: 0; -1: ENOENT: no file is executable; ENODATA: as above.
 */
int vproc_map_program(const struct vproc_map *map, struct vproc_region *region);

/**
 * struct vproc_step - an event, and what it changed
 * @event: the event
 * @map: all regions after it
 * @image: number of the ATTACH or EXEC event that the image began with
 * @start_brk: start of the heap, after it
 * @brk: the break, after it
 * @start_stack: start of the main stack, after it
 * @known: @map is known; false where events are missing, and then nothing is
 *	in @before and @after
 * @nr_before: number of @before
 * @nr_after: number of @after
 * @before: the regions that it touched, as they were. Regions are whole, also
 *	where the event is about a part of them
 * @after: the regions that are there now, in their place
 *
 * Before and after are all that can be different: taking the ones away from what
 * was mapped and adding the others gives what is mapped. The same region may be
 * in both, and an event that repeats what was known has the same in both. An
 * EXEC takes all regions away, and a LAYOUT may change types and names.
 */
struct vproc_step {
	const struct vproc_event *event;
	const struct vproc_map *map;
	__u64 image;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
	bool known;
	size_t nr_before;
	size_t nr_after;
	const struct vproc_region *before;
	const struct vproc_region *after;
};

/**
 * vproc_history_replay() - all events, one after the other, with the map current
 * @step: is called for each event. A return value other than 0 stops
 * @context: for @step
 *
 * A step takes as long as what it changes is large, however much is mapped. What
 * a single moment was like is for vproc_history_snapshot().
 *
 * Return: 0, or what @step returned; -1: ENOMEM.
 */
int vproc_history_replay(const struct vproc_history *history,
			 int (*step)(const struct vproc_step *step,
				     void *context),
			 void *context);

/**
 * vproc_snapshot_diff() - what is different between two moments
 * @before: one
 * @after: the other, of the same history
 * @differs: is called with each pair of regions that differ, in the order of
 *	addresses: with the same start, or one of them NULL. A return value
 *	other than 0 stops
 * @context: for @differs
 *
 * Return: 0, or what @differs returned.
 */
int vproc_snapshot_diff(const struct vproc_snapshot *before,
			const struct vproc_snapshot *after,
			int (*differs)(const struct vproc_region *before,
				       const struct vproc_region *after,
				       void *context),
			void *context);

/**
 * vproc_region_same() - are two regions the same?
 *
 * In all but .page_size and .flags, which events do not tell.
 */
bool vproc_region_same(const struct vproc_region *a,
		       const struct vproc_region *b);

/* Recordings */

/**
 * struct vproc_system - where and when a recording was made
 * @start: when it began, in ns of CLOCK_MONOTONIC
 * @realtime: add it to such a time to get ns since 1970
 * @page_size: bytes in a page
 * @api_version: vproc_info.api_version of the module
 * @release: of the kernel, as uname(2) tells it
 * @machine: as uname(2) tells it
 * @command: the command line, NULL at its end; its first word is NULL if what
 *	was recorded was running already
 */
struct vproc_system {
	__u64 start;
	__s64 realtime;
	__u32 page_size;
	__u32 api_version;
	const char *release;
	const char *machine;
	char **command;
};

/**
 * struct vproc_closing - what a recording says of itself when it is complete
 * @time: when it ended, in ns of CLOCK_MONOTONIC
 * @status: exit status of the command, as a shell has it: 128 + n for signal n;
 *	-1 if there was no command, or it had not ended
 * @unfollowed: children that could not be followed
 * @missed: vproc_stats.missed, of all trackers
 */
struct vproc_closing {
	__u64 time;
	__s32 status;
	__u32 reserved;
	__u64 unfollowed;
	__u64 missed;
};

/**
 * struct vproc_check - a state of the recorded process, to compare with
 * @history: the history that it is of
 * @seq: the moment
 * @text: what /proc/PID/maps said; or NULL: it is @regions
 * @size: length of @text
 * @regions: what VPROC_REGIONS said
 * @count: number of @regions
 */
struct vproc_check {
	struct vproc_history *history;
	__u64 seq;
	char *text;
	size_t size;
	struct vproc_region *regions;
	size_t count;
};

/**
 * struct vproc_recording - a recording that was read
 * @session: the histories
 * @system: where and when it was made
 * @closing: how it ended; all zero if not @complete
 * @checks: states to compare with, in the order in which they were taken
 * @nr_checks: how many
 * @complete: it has an end. Without one the recorder was killed, and what is
 *	here is all that it had written
 * @damage: what is wrong with the file, with block and offset; NULL if nothing
 *	is. With VPROC_RECORDING_DAMAGED only: what is here is from before that
 */
struct vproc_recording {
	struct vproc_session *session;
	struct vproc_system system;
	struct vproc_closing closing;
	struct vproc_check *checks;
	size_t nr_checks;
	bool complete;
	char *damage;
};

/* Flags of vproc_recording_load(): read up to where the file is damaged. */
#define VPROC_RECORDING_DAMAGED		0x01

/**
 * vproc_recording_load() - read a recording
 * @path: the file
 * @flags: VPROC_RECORDING_DAMAGED or 0
 * @complaint: out, after an error with EBADMSG: what is wrong with the file and
 *	where, in words; to be freed. NULL after any other
 *
 * Return: the recording, for vproc_recording_free(); NULL and errno: EBADMSG:
 * the file is damaged, or no recording, or one of a version that is not known;
 * or as of open(2) and read(2).
 */
struct vproc_recording *vproc_recording_load(const char *path,
					     unsigned int flags,
					     char **complaint);
void vproc_recording_free(struct vproc_recording *recording);

/* Is the file a recording, by its first bytes? */
bool vproc_recording_is(const char *path);

/**
 * struct vproc_writer - a recording that is being written
 *
 * What is handed over is in the file after the next vproc_writer_flush(), in
 * blocks with a checksum each, and stays readable whatever happens later. After
 * an error nothing more is written, and every further call fails in that way.
 */
struct vproc_writer;

/**
 * vproc_writer_new() - begin a recording
 * @fd: an empty file, or a pipe; remains the caller's
 * @system: where and when
 *
 * Return: the writer; NULL and errno.
 */
struct vproc_writer *vproc_writer_new(int fd,
				      const struct vproc_system *system);

/* Events of a tracker, in order; each tracker's first are its ATTACH. */
int vproc_writer_events(struct vproc_writer *writer, __u64 id,
			const struct vproc_event *events, size_t count);

/* The name of an id of a tracker. */
int vproc_writer_name(struct vproc_writer *writer, __u64 id,
		      const struct vproc_name *name);

/*
 * All regions of a tracker, for vproc_history_anchor(); and with @check to be
 * compared with.
 */
int vproc_writer_regions(struct vproc_writer *writer, __u64 id,
			 const struct vproc_regions *head,
			 const struct vproc_region *regions, bool check);

/* What /proc/PID/maps said at a moment, to be compared with. */
int vproc_writer_text(struct vproc_writer *writer, __u64 id, __u64 seq,
		      const char *text, size_t size);

/* Writes what has been handed over, and hands it to the kernel. */
int vproc_writer_flush(struct vproc_writer *writer);

/* The end of a complete recording; implies a flush. */
int vproc_writer_end(struct vproc_writer *writer,
		     const struct vproc_closing *closing);

/* Bytes written so far. */
__u64 vproc_writer_bytes(const struct vproc_writer *writer);

/* Frees the writer, and writes nothing. NULL is fine. */
void vproc_writer_free(struct vproc_writer *writer);

#ifdef __cplusplus
}
#endif

#endif /* _VPROC_H */
