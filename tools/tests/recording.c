// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings: what is written comes back; what is damaged, cut off or made to
 * do harm is refused, with a complaint, and harms nothing. This is built with
 * sanitizers, and with an allocator that can be made to fail.
 */
#define _GNU_SOURCE	/* memfd_create() */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "failing.h"
#include "tap.h"
#include "tools/array.h"
#include "tools/lib/format.h"
#include "tools/lib/vproc.h"

#define MS	1000000ull
#define DATA	0x10000ull
#define LIBRARY	0x7f0000000000ull
#define GATE	0xffffffffff600000ull

/* A file, as bytes. */
struct bytes {
	unsigned char *data;
	size_t size;
};

static void append(struct bytes *bytes, const void *data, size_t size)
{
	bytes->data = realloc(bytes->data, bytes->size + size + 1);
	NEED(bytes->data);
	if (size)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

static struct bytes copy(const struct bytes *bytes)
{
	struct bytes twin = {};

	append(&twin, bytes->data, bytes->size);
	return twin;
}

/* What is recorded: the same goes to a writer and to a session. */
struct story {
	struct vproc_writer *writer;
	struct vproc_session *session;
	int fd;
};

static const struct vproc_event first_stream[] = {
	{ .seq = 1, .time = 10 * MS, .op = VPROC_EV_ATTACH, .start = 1,
	  .end = 50, .cause = VPROC_CAUSE_ATTACH, .syscall = -1 },
	{ .seq = 2, .time = 10 * MS, .op = VPROC_EV_LAYOUT, .start = 0x20000,
	  .end = 0x21000, .offset = 0x7ffff000, .cause = VPROC_CAUSE_ATTACH },
	{ .seq = 3, .time = 10 * MS, .op = VPROC_EV_SET, .start = LIBRARY,
	  .end = LIBRARY + 0x4000, .offset = 0x1000, .file = 16, .perm = 5,
	  .type = VPROC_TYPE_CODE, .cause = VPROC_CAUSE_ATTACH },
	{ .seq = 4, .time = 12 * MS, .op = VPROC_EV_SET, .start = DATA,
	  .end = DATA + 0x8000, .perm = 3, .type = VPROC_TYPE_DATA, .tid = 51,
	  .cause = VPROC_CAUSE_MMAP, .syscall = 9, .ip = LIBRARY + 0x123 },
	{ .seq = 5, .time = 13 * MS, .op = VPROC_EV_CLEAR, .start = DATA + 0x2000,
	  .end = DATA + 0x4000, .cause = VPROC_CAUSE_MUNMAP },
	{ .seq = 6, .time = 14 * MS, .op = VPROC_EV_FORK, .start = 2,
	  .end = 50, .cause = VPROC_CAUSE_FORK },
	{ .seq = 16, .time = 30 * MS, .op = VPROC_EV_LOST, .start = 10 },
	{ .seq = 17, .time = 25 * MS, .op = VPROC_EV_SET, .start = DATA,
	  .end = DATA + 0x1000, .type = VPROC_TYPE_SHARED, .perm = 11 },
	{ .seq = 18, .time = 31 * MS, .op = VPROC_EV_END,
	  .cause = VPROC_CAUSE_EXIT },
};

/* The child has the same pid: pids come again. */
static const struct vproc_event second_stream[] = {
	{ .seq = 1, .time = 15 * MS, .op = VPROC_EV_ATTACH, .start = 2,
	  .end = 50, .cause = VPROC_CAUSE_ATTACH },
	{ .seq = 2, .time = 15 * MS, .op = VPROC_EV_SET, .start = DATA,
	  .end = DATA + 0x1000, .type = VPROC_TYPE_RODATA,
	  .cause = VPROC_CAUSE_ATTACH },
	{ .seq = 3, .time = 16 * MS, .op = VPROC_EV_EXEC,
	  .cause = VPROC_CAUSE_EXEC },
	{ .seq = 4, .time = 17 * MS, .op = VPROC_EV_RESYNC,
	  .cause = VPROC_CAUSE_RESYNC },
};

static const struct vproc_region some_regions[] = {
	{ .start = DATA, .end = DATA + 0x1000, .perm = 11,
	  .type = VPROC_TYPE_SHARED, .page_size = 4096 },
	{ .start = GATE, .end = GATE + 0x1000, .perm = 4,
	  .name = VPROC_NAME_VSYSCALL, .type = VPROC_TYPE_CODE },
};

static const char some_text[] =
	"00010000-00011000 rw-s 00000000 08:01 77                         /a\n";

static void tell(struct story *story, __u64 id, const struct vproc_event *events,
		 size_t count)
{
	NEED(!vproc_writer_events(story->writer, id, events, count));
	NEED(!vproc_history_append(vproc_session_add(story->session, id),
				   events, count));
}

static void tell_name(struct story *story, __u64 id, __u64 since,
		      const char *text)
{
	const struct vproc_name name = {
		.id = 16, .kind = VPROC_FILE_PATH, .dev_major = 8,
		.dev_minor = 1, .inode = 77, .since = since, .text = text,
	};

	NEED(!vproc_writer_name(story->writer, id, &name));
	NEED(!vproc_history_set_name(vproc_session_add(story->session, id),
				     &name));
}

static void tell_regions(struct story *story, __u64 id, __u64 seq, bool check)
{
	const struct vproc_regions head = {
		.count = ARRAY_SIZE(some_regions),
		.total = ARRAY_SIZE(some_regions),
		.seq = seq, .start_brk = 0x20000, .brk = 0x22000,
		.start_stack = 0x7ffffffff000,
	};

	NEED(!vproc_writer_regions(story->writer, id, &head, some_regions,
				   check));
	NEED(!vproc_history_anchor(vproc_session_add(story->session, id),
				   &head, some_regions));
}

static char *command[] = { "make", "a b", "", NULL };

static const struct vproc_system system_record = {
	.start = 9 * MS, .realtime = 1700000000000000000ll, .page_size = 4096,
	.api_version = VPROC_API_VERSION, .release = "6.1.0-56-amd64",
	.machine = "x86_64", .command = command,
};

static const struct vproc_closing closing_record = {
	.time = 40 * MS, .status = 130, .unfollowed = 3, .missed = 4,
};

static void tell_all(struct story *story)
{
	struct vproc_writer *writer = story->writer;

	tell(story, 1, first_stream, 3);
	tell_regions(story, 1, 3, false);
	tell_name(story, 1, 3, "/lib/a");
	NEED(!vproc_writer_flush(writer));
	tell(story, 1, first_stream + 3, 3);
	tell(story, 2, second_stream, 1);
	tell(story, 2, second_stream + 1, 1);
	tell_name(story, 1, 5, "/lib/a\n(deleted)\xff");
	NEED(!vproc_writer_flush(writer));
	tell(story, 1, first_stream + 6, 1);
	tell(story, 2, second_stream + 2, 2);
	tell_regions(story, 1, 17, true);
	tell(story, 1, first_stream + 7, 2);
	NEED(!vproc_writer_text(writer, 1, 17, some_text, strlen(some_text)));
	NEED(!vproc_writer_end(writer, &closing_record));
}

static struct bytes read_back(int fd)
{
	struct bytes file = {};
	char part[4096];
	ssize_t got;
	off_t at = 0;

	while ((got = pread(fd, part, sizeof(part), at)) > 0) {
		append(&file, part, got);
		at += got;
	}
	NEED(!got);
	return file;
}

/* Writes it; returns the session that was told the same. */
static struct vproc_session *record(struct bytes *file)
{
	struct story story = {
		.session = vproc_session_new(system_record.release),
		.fd = memfd_create("recording", MFD_CLOEXEC),
	};

	NEED(story.session && story.fd >= 0);
	story.writer = vproc_writer_new(story.fd, &system_record);
	NEED(story.writer);
	tell_all(&story);
	*file = read_back(story.fd);
	NEED(vproc_writer_bytes(story.writer) == file->size);
	vproc_writer_free(story.writer);
	close(story.fd);
	return story.session;
}

/* Loads bytes as a file. */
static struct vproc_recording *load(const struct bytes *file,
				    unsigned int flags, char **complaint)
{
	static int fd = -1;
	char path[32];

	if (fd < 0)
		fd = memfd_create("bytes", MFD_CLOEXEC);
	NEED(fd >= 0 && !ftruncate(fd, 0));
	NEED(pwrite(fd, file->data, file->size, 0) == (ssize_t)file->size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	errno = 0;
	return vproc_recording_load(path, flags, complaint);
}

static bool same_regions(const struct vproc_region *a, size_t a_count,
			 const struct vproc_region *b, size_t b_count)
{
	size_t i;

	if (a_count != b_count)
		return false;
	for (i = 0; i < a_count; i++) {
		if (!vproc_region_same(&a[i], &b[i]))
			return false;
	}
	return true;
}

/* Both give the same state, or fail in the same way. */
static bool same_moment(const struct vproc_history *a,
			const struct vproc_history *b, __u64 seq)
{
	struct vproc_snapshot one = {}, two = {};
	int ret = vproc_history_snapshot(a, seq, &one), error = errno;
	bool same;

	same = vproc_history_snapshot(b, seq, &two) == ret &&
	       (!ret || errno == error) && one.brk == two.brk &&
	       one.image == two.image && one.time == two.time &&
	       same_regions(one.regions, one.count, two.regions, two.count);
	vproc_snapshot_clear(&one);
	vproc_snapshot_clear(&two);
	return same;
}

static bool same_name(const struct vproc_history *a,
		      const struct vproc_history *b, __u32 id, __u64 seq)
{
	const struct vproc_name *one = vproc_history_name(a, id, seq);
	const struct vproc_name *two = vproc_history_name(b, id, seq);

	if (!one || !two)
		return one == two;
	return one->kind == two->kind && one->inode == two->inode &&
	       one->dev_major == two->dev_major &&
	       one->dev_minor == two->dev_minor && one->since == two->since &&
	       !strcmp(one->text, two->text);
}

/* The first @count events are the same, with all that follows from them. */
static bool same_events(const struct vproc_history *a,
			const struct vproc_history *b, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct vproc_event *one = vproc_history_event(a, i);
		const struct vproc_event *two = vproc_history_event(b, i);

		if (!one || !two || memcmp(one, two, sizeof(*one)))
			return false;
	}
	return true;
}

static bool same_history(const struct vproc_history *a,
			 const struct vproc_history *b)
{
	struct vproc_history_info one, two;
	bool same;
	__u64 seq;

	vproc_history_info(a, &one);
	vproc_history_info(b, &two);
	same = one.id == two.id && one.parent == two.parent &&
	       one.pid == two.pid && one.end_cause == two.end_cause &&
	       one.start == two.start && one.end == two.end &&
	       one.last == two.last && one.events == two.events &&
	       one.lost == two.lost && one.resyncs == two.resyncs &&
	       one.execs == two.execs && one.ended == two.ended &&
	       same_events(a, b, one.events);
	for (seq = 0; same && seq <= one.last + 1; seq++)
		same = same_moment(a, b, seq) && same_name(a, b, 16, seq);
	return same;
}

static bool same_session(const struct vproc_session *a,
			 const struct vproc_session *b)
{
	size_t i;

	if (vproc_session_count(a) != vproc_session_count(b))
		return false;
	for (i = 0; i < vproc_session_count(a); i++) {
		if (!same_history(vproc_session_at(a, i),
				  vproc_session_at(b, i)))
			return false;
	}
	return true;
}

static bool same_system(const struct vproc_system *system)
{
	size_t i;

	for (i = 0; command[i]; i++) {
		if (!system->command[i] || strcmp(system->command[i], command[i]))
			return false;
	}
	return !system->command[i] && system->start == system_record.start &&
	       system->realtime == system_record.realtime &&
	       system->page_size == system_record.page_size &&
	       system->api_version == system_record.api_version &&
	       !strcmp(system->release, system_record.release) &&
	       !strcmp(system->machine, system_record.machine);
}

static void test_round_trip(const struct bytes *file,
			    const struct vproc_session *session)
{
	struct vproc_recording *recording;
	const struct vproc_check *checks;
	char *complaint;

	recording = load(file, 0, &complaint);
	NEED(recording && !complaint);
	tap(same_session(session, recording->session),
	    "events, names and regions come back");
	tap(same_system(&recording->system), "and where they are from");
	tap(recording->complete && !recording->damage &&
	    !memcmp(&recording->closing, &closing_record,
		    sizeof(closing_record)), "and how it ended");
	checks = recording->checks;
	tap(recording->nr_checks == 2 && checks[0].seq == 17 &&
	    !checks[0].text &&
	    same_regions(checks[0].regions, checks[0].count, some_regions,
			 ARRAY_SIZE(some_regions)) &&
	    checks[1].seq == 17 && !strcmp(checks[1].text, some_text) &&
	    checks[1].size == strlen(some_text),
	    "and what is to be compared with");
	vproc_recording_free(recording);
}

/* Asks all that can be asked; the answers do not matter. */
static void ask_moment(const struct vproc_history *history, __u64 seq)
{
	struct vproc_snapshot snapshot = {};
	struct vproc_region region;
	size_t i;

	if (!vproc_history_snapshot(history, seq, &snapshot)) {
		for (i = 0; i < snapshot.count; i++)
			vproc_history_name(history, snapshot.regions[i].name,
					   seq);
	}
	vproc_history_region(history, seq, DATA, &region);
	vproc_history_last_change(history, DATA, seq);
	vproc_history_next_change(history, DATA, seq);
	vproc_snapshot_clear(&snapshot);
}

static int ask_step(const struct vproc_step *step, void *context)
{
	struct vproc_region region;

	vproc_map_program(step->map, &region);
	vproc_map_region(step->map, DATA, &region);
	*(size_t *)context += step->nr_before + step->nr_after;
	return 0;
}

static void ask_all(const struct vproc_recording *recording)
{
	const struct vproc_session *session = recording->session;
	const struct vproc_event *event;
	struct vproc_history_info info;
	size_t i, j, regions = 0;
	__u64 seq;

	for (i = 0; i < vproc_session_count(session); i++) {
		struct vproc_history *history = vproc_session_at(session, i);

		vproc_history_info(history, &info);
		vproc_history_replay(history, ask_step, &regions);
		for (j = 0; (event = vproc_history_event(history, j)); j++) {
			ask_moment(history, event->seq);
			vproc_history_seq_at(history, event->time, &seq);
		}
		ask_moment(history, 0);
		ask_moment(history, ~0ull);
	}
	vproc_session_start(session);
	vproc_session_end(session);
}

/* Refused, and on request used up to the damage. */
static bool is_refused(const struct bytes *file)
{
	struct vproc_recording *recording;
	char *complaint;
	bool refused;

	recording = load(file, 0, &complaint);
	refused = !recording && errno == EBADMSG && complaint && *complaint;
	free(complaint);
	vproc_recording_free(recording);

	recording = load(file, VPROC_RECORDING_DAMAGED, &complaint);
	if (recording) {
		refused = refused && recording->damage && !complaint;
		ask_all(recording);
	} else {
		refused = refused && errno == EBADMSG && complaint;
	}
	free(complaint);
	vproc_recording_free(recording);
	return refused;
}

static void test_flips(const struct bytes *file)
{
	struct bytes twin = copy(file);
	size_t i, refused = 0, tried = 0;

	for (i = 0; i < file->size; i++) {
		twin.data[i] ^= 0xff;
		refused += is_refused(&twin);
		twin.data[i] ^= 0xff ^ (1 << i % 8);
		refused += is_refused(&twin);
		twin.data[i] = file->data[i];
		tried += 2;
	}
	tap(refused == tried, "each of %zu bytes damaged: refused %zu of %zu",
	    file->size, refused, tried);
	free(twin.data);
}

/* A prefix of the histories, and it says so. */
static bool is_prefix(const struct vproc_recording *recording,
		      const struct vproc_session *session)
{
	struct vproc_history_info info;
	size_t i;

	for (i = 0; i < vproc_session_count(recording->session); i++) {
		struct vproc_history *history =
			vproc_session_at(recording->session, i);

		vproc_history_info(history, &info);
		if (!same_events(history, vproc_session_find(session, info.id),
				 info.events))
			return false;
	}
	ask_all(recording);
	return !recording->complete && !recording->damage;
}

static void test_truncations(const struct bytes *file,
			     const struct vproc_session *session)
{
	struct bytes part = copy(file);
	size_t refused = 0, read = 0;
	char *complaint;

	for (part.size = 0; part.size < file->size; part.size++) {
		struct vproc_recording *recording = load(&part, 0, &complaint);

		if (recording)
			read += is_prefix(recording, session);
		else
			refused += errno == EBADMSG && complaint;
		free(complaint);
		vproc_recording_free(recording);
	}
	tap(refused + read == file->size && refused < 300,
	    "each of %zu lengths: %zu have no whole block, and %zu end early",
	    file->size, refused, read);
	free(part.data);
}

/* Something behind the end, be it no whole block. */
static void test_longer(const struct bytes *file)
{
	struct bytes longer = copy(file);
	size_t i, refused = 0;

	for (i = 0; i < 100; i++) {
		append(&longer, file->data + 32 + i, 1);
		refused += is_refused(&longer);
	}
	tap(refused == i, "what follows the end is refused");
	free(longer.data);
}

/* The blocks of a file, inflated. */
struct blocks {
	struct bytes contents[16];
	size_t count;
};

static void take_apart(const struct bytes *file, struct blocks *blocks)
{
	size_t at = sizeof(struct vproc_format_head);

	while (at < file->size) {
		struct bytes *contents = &blocks->contents[blocks->count++];
		struct vproc_format_block block;
		const unsigned char *data = file->data + at + sizeof(block);
		unsigned long size;

		NEED(blocks->count <= ARRAY_SIZE(blocks->contents));
		memcpy(&block, file->data + at, sizeof(block));
		contents->size = block.contents;
		size = block.contents;
		contents->data = malloc(size + 1);
		NEED(contents->data);
		if (block.flags & VPROC_FORMAT_DEFLATED)
			NEED(uncompress(contents->data, &size, data,
					block.size) == Z_OK);
		else
			memcpy(contents->data, data, size);
		at += sizeof(block) + block.size;
	}
}

static void forget(struct blocks *blocks)
{
	while (blocks->count)
		free(blocks->contents[--blocks->count].data);
}

static void seal(struct vproc_format_block *block)
{
	block->crc = crc32(0, (const unsigned char *)block,
			   offsetof(struct vproc_format_block, crc));
}

/* A block whose checksums are right, whatever else is. */
static void append_block(struct bytes *file, __u32 number, __u32 flags,
			 const void *data, size_t size, size_t contents)
{
	struct vproc_format_block block = {
		.magic = VPROC_FORMAT_BLOCK,
		.number = number,
		.flags = flags,
		.size = size,
		.contents = contents,
		.contents_crc = crc32(0, data, size),
	};

	seal(&block);
	append(file, &block, sizeof(block));
	append(file, data, size);
}

static struct bytes put_together(const struct bytes *head,
				 const struct blocks *blocks)
{
	struct bytes file = {};
	size_t i;

	append(&file, head->data, sizeof(struct vproc_format_head));
	for (i = 0; i < blocks->count; i++)
		append_block(&file, i, 0, blocks->contents[i].data,
			     blocks->contents[i].size, blocks->contents[i].size);
	return file;
}

/* Loads it and asks; returns whether it was loaded, or refused as it should. */
static bool is_survived(const struct bytes *file, size_t *refused)
{
	struct vproc_recording *recording;
	bool fine = true;
	char *complaint;

	recording = load(file, 0, &complaint);
	if (recording) {
		ask_all(recording);
	} else {
		fine = errno == EBADMSG && complaint;
		++*refused;
	}
	free(complaint);
	vproc_recording_free(recording);
	return fine;
}

/* A value that differs from the one that is there, another at each place. */
static unsigned char other_value(unsigned char was, size_t at)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	unsigned char value = values[at % ARRAY_SIZE(values)];

	return value == was ? was + 1 : value;
}

/* Somebody who knows the format damages it: all checksums are right. */
static void test_forgeries(const struct bytes *file)
{
	size_t i, at, tried = 0, refused = 0, survived = 0;
	struct blocks blocks = {};
	struct bytes forged;

	take_apart(file, &blocks);
	for (i = 0; i < blocks.count; i++) {
		struct bytes *contents = &blocks.contents[i];

		for (at = 0; at < contents->size; at++) {
			const unsigned char was = contents->data[at];

			contents->data[at] = other_value(was, at);
			forged = put_together(file, &blocks);
			survived += is_survived(&forged, &refused);
			free(forged.data);
			contents->data[at] = was;
			tried++;
		}
	}
	tap(survived == tried, "%zu forgeries: %zu of them refused", tried,
	    refused);
	forget(&blocks);
}

/*
 * Puts @to in the place of each @from in the contents; is the file refused then,
 * with such a complaint?
 */
static bool is_forgery_refused(const struct bytes *file, const void *from,
			       const void *to, size_t size, const char *why)
{
	struct vproc_recording *recording;
	struct blocks blocks = {};
	struct bytes forged;
	size_t i, found = 0;
	char *complaint;
	void *at;
	bool refused;

	take_apart(file, &blocks);
	for (i = 0; i < blocks.count; i++) {
		const struct bytes *contents = &blocks.contents[i];

		for (; (at = memmem(contents->data, contents->size, from, size));
		     found++)
			memcpy(at, to, size);
	}
	forged = put_together(file, &blocks);
	recording = load(&forged, 0, &complaint);
	refused = found && !recording && errno == EBADMSG && complaint &&
		  strstr(complaint, why);
	if (!refused)
		printf("# %s\n", complaint ? complaint : "no complaint");
	free(complaint);
	vproc_recording_free(recording);
	free(forged.data);
	forget(&blocks);
	return refused;
}

/* What cannot be must not reach whoever counts by it. */
static void test_impossible(const struct bytes *file)
{
	struct vproc_region region = some_regions[0];

	region.type = VPROC_NR_TYPES;
	tap(is_forgery_refused(file, &some_regions[0], &region, sizeof(region),
			       "type"), "a region of no known type");
	region.type = VPROC_TYPE_NONE;
	tap(is_forgery_refused(file, &some_regions[0], &region, sizeof(region),
			       "type"), "a region of no type");
	region = some_regions[0];
	region.end = GATE + 1;
	tap(is_forgery_refused(file, &some_regions[0], &region, sizeof(region),
			       "order"), "regions that overlap");
}

/* A file of two blocks: the system's, and one of @contents. */
static struct bytes with_block(const struct bytes *file, __u32 flags,
			       const void *data, size_t size, size_t contents)
{
	struct bytes forged = {};
	struct vproc_format_block first;

	memcpy(&first, file->data + sizeof(struct vproc_format_head),
	       sizeof(first));
	append(&forged, file->data, sizeof(struct vproc_format_head) +
	       sizeof(first) + first.size);
	append_block(&forged, 1, flags, data, size, contents);
	return forged;
}

static bool is_block_refused(const struct bytes *file, __u32 flags,
			     const void *data, size_t size, size_t contents)
{
	struct bytes forged = with_block(file, flags, data, size, contents);
	bool refused = is_refused(&forged);

	free(forged.data);
	return refused;
}

static void test_bombs(const struct bytes *file)
{
	const size_t much = 16 << 20, most = VPROC_FORMAT_MAX_BLOCK;
	unsigned char *zeros = calloc(1, much);
	unsigned long size = much / 100;	/* zeros need less */
	unsigned char *bomb = malloc(size);

	NEED(zeros && bomb);
	NEED(compress(bomb, &size, zeros, much) == Z_OK);
	tap(is_block_refused(file, VPROC_FORMAT_DEFLATED, bomb, size, much),
	    "%zu MB from %lu KB", much >> 20, size >> 10);
	tap(is_block_refused(file, VPROC_FORMAT_DEFLATED, bomb, size, much - 1),
	    "less than there is in it");
	tap(is_block_refused(file, VPROC_FORMAT_DEFLATED, bomb, size, much + 1),
	    "more than there is in it");
	tap(is_block_refused(file, VPROC_FORMAT_DEFLATED, bomb, 1000, much),
	    "more than there can be in it");
	tap(is_block_refused(file, VPROC_FORMAT_DEFLATED, zeros, much, most + 1),
	    "more than a block can be");
	tap(is_block_refused(file, 0, zeros, 1000, 1001), "more than it has");
	tap(is_block_refused(file, 2, zeros, 1000, 1000), "an unknown flag");
	free(bomb);
	free(zeros);
}

/* Contents of one record, which claims to have @claim bytes. */
static bool is_record_refused(const struct bytes *file, __u32 type, __u64 id,
			      const void *data, size_t size, __u32 claim)
{
	const struct vproc_format_record record = {
		.type = type, .size = claim, .id = id,
	};
	struct bytes contents = {};
	bool refused;

	append(&contents, &record, sizeof(record));
	append(&contents, data, size);
	append(&contents, "\0\0\0\0\0\0\0", -size % 8);
	refused = is_block_refused(file, 0, contents.data, contents.size,
				   contents.size);
	free(contents.data);
	return refused;
}

static void test_records(const struct bytes *file)
{
	const struct vproc_format_regions regions = { .count = ~0u };
	const struct vproc_format_system system = { .words = ~0u };
	const struct {
		struct vproc_format_name head;
		char text[8];
	} name = { .head.id = 16, .text = "/a" };
	const struct vproc_event event = first_stream[0];
	const struct vproc_closing closing = {};

	tap(is_record_refused(file, VPROC_FORMAT_EVENTS, 1, &event, 64, ~0u),
	    "a record that is longer than its block");
	tap(is_record_refused(file, VPROC_FORMAT_EVENTS, 1, &event, 63, 63),
	    "a part of an event");
	tap(is_record_refused(file, VPROC_FORMAT_EVENTS, 1, &event, 0, 0),
	    "no event at all");
	tap(is_record_refused(file, VPROC_FORMAT_REGIONS, 1, &regions,
			      sizeof(regions), sizeof(regions)),
	    "regions that are not there");
	tap(is_record_refused(file, VPROC_FORMAT_NAME, 9, &name, sizeof(name),
			      sizeof(name)),
	    "a name of a tracker without events");
	tap(is_record_refused(file, VPROC_FORMAT_SYSTEM, 0, &system,
			      sizeof(system), sizeof(system)),
	    "a second description of the system");
	tap(is_record_refused(file, VPROC_FORMAT_CLOSING, 0, &closing, 8, 8),
	    "half an end");
	tap(is_record_refused(file, 7, 1, &event, 64, 64), "an unknown record");
}

static unsigned int any(unsigned int limit)
{
	static __u64 state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 33) % limit;
}

/* The same, with several changes at a time, some of them of whole numbers. */
static void test_random_forgeries(const struct bytes *file, unsigned int rounds)
{
	size_t survived = 0, refused = 0;
	unsigned int round;

	for (round = 0; round < rounds; round++) {
		unsigned int changes = 1 + any(4);
		struct blocks blocks = {};
		struct bytes forged;

		take_apart(file, &blocks);
		while (changes--) {
			struct bytes *contents =
				&blocks.contents[any(blocks.count)];
			__u32 number = any(3) ? ~0u >> any(32) : any(256);
			size_t size = any(2) ? 4 : 1;

			memcpy(contents->data + any(contents->size - size),
			       &number, size);
		}
		forged = put_together(file, &blocks);
		survived += is_survived(&forged, &refused);
		free(forged.data);
		forget(&blocks);
	}
	tap(survived == rounds, "%u random forgeries: %zu of them refused",
	    rounds, refused);
}

/* Memory that is not there, at each place where some is asked for. */
static void test_no_memory(const struct bytes *file)
{
	struct vproc_recording *recording = NULL;
	unsigned int nth, failed = 0;
	char *complaint;

	for (nth = 1; !recording; nth++) {
		failing = nth;
		recording = load(file, 0, &complaint);
		failing = 0;
		if (!recording)
			failed += errno == ENOMEM && !complaint;
	}
	tap(failed == nth - 2 && failed > 30,
	    "each of %u allocations fails: no memory", failed);
	vproc_recording_free(recording);
}

int main(void)
{
	struct vproc_session *session;
	struct bytes file = {};

	session = record(&file);
	test_round_trip(&file, session);
	test_flips(&file);
	test_truncations(&file, session);
	test_longer(&file);
	test_forgeries(&file);
	test_impossible(&file);
	test_records(&file);
	test_bombs(&file);
	test_random_forgeries(&file, 1000);
	test_no_memory(&file);
	vproc_session_free(session);
	free(file.data);
	return tap_end();
}
