/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_FORMAT_H
#define _LIB_FORMAT_H

#include <linux/types.h>

/*
 * The format of a recording; see Documentation/recording.rst. All numbers are
 * little-endian, as on the only machines that vproc runs on.
 */

#define VPROC_FORMAT_MAGIC	"vprocrec"
#define VPROC_FORMAT_ORDER	0x01020304U
#define VPROC_FORMAT_VERSION	1

/**
 * struct vproc_format_head - the beginning of the file
 * @magic: VPROC_FORMAT_MAGIC, without the terminating zero
 * @order: VPROC_FORMAT_ORDER
 * @version: VPROC_FORMAT_VERSION
 * @size: of this struct
 * @event_size: of struct vproc_event
 * @region_size: of struct vproc_region
 * @reserved: 0
 * @crc: CRC-32 of all above
 */
struct vproc_format_head {
	char magic[8];
	__u32 order;
	__u16 version;
	__u16 size;
	__u32 event_size;
	__u32 region_size;
	__u32 reserved;
	__u32 crc;
};

#define VPROC_FORMAT_BLOCK	0x4b425056U	/* "VPBK" */
#define VPROC_FORMAT_DEFLATED	0x01
#define VPROC_FORMAT_MAX_BLOCK	0x10000000U
#define VPROC_FORMAT_MAX_SYSTEM	0x01000000U

/**
 * struct vproc_format_block - the beginning of a block
 * @magic: VPROC_FORMAT_BLOCK
 * @number: 0 for the first block of the file, and so on
 * @flags: VPROC_FORMAT_DEFLATED: the contents are in the format of zlib
 * @size: bytes that follow
 * @contents: bytes that these are when inflated
 * @contents_crc: CRC-32 of the bytes that follow
 * @reserved: 0
 * @crc: CRC-32 of all above
 */
struct vproc_format_block {
	__u32 magic;
	__u32 number;
	__u32 flags;
	__u32 size;
	__u32 contents;
	__u32 contents_crc;
	__u32 reserved;
	__u32 crc;
};

/**
 * enum vproc_format_type - the records that blocks consist of
 * @VPROC_FORMAT_SYSTEM: struct vproc_format_system and strings; the first one,
 *	of VPROC_FORMAT_MAX_SYSTEM bytes at most
 * @VPROC_FORMAT_EVENTS: an array of struct vproc_event
 * @VPROC_FORMAT_NAME: struct vproc_format_name and a string
 * @VPROC_FORMAT_REGIONS: struct vproc_format_regions and an array of regions
 * @VPROC_FORMAT_TEXT: struct vproc_format_text and a text
 * @VPROC_FORMAT_CLOSING: struct vproc_closing; the last one
 */
enum vproc_format_type {
	VPROC_FORMAT_SYSTEM	= 1,
	VPROC_FORMAT_EVENTS	= 2,
	VPROC_FORMAT_NAME	= 3,
	VPROC_FORMAT_REGIONS	= 4,
	VPROC_FORMAT_TEXT	= 5,
	VPROC_FORMAT_CLOSING	= 6,
};

/**
 * struct vproc_format_record - the beginning of a record
 * @type: enum vproc_format_type
 * @size: bytes that follow, without those that make it a multiple of 8
 * @id: the tracker that it is of, or 0
 */
struct vproc_format_record {
	__u32 type;
	__u32 size;
	__u64 id;
};

/* Strings follow: release, machine, and @words of the command. */
struct vproc_format_system {
	__u64 start;
	__s64 realtime;
	__u32 page_size;
	__u32 api_version;
	__u32 words;
	__u32 reserved;
};

/* As struct vproc_name; the text follows, with its zero, then the build id. */
struct vproc_format_name {
	__u32 id;
	__u32 kind;
	__u32 dev_major;
	__u32 dev_minor;
	__u64 inode;
	__u64 since;
};

/* vproc_format_regions.flags: to be compared with */
#define VPROC_FORMAT_CHECK	0x01

/* As struct vproc_regions; the regions follow. */
struct vproc_format_regions {
	__u32 flags;
	__u32 count;
	__u64 seq;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
};

/* What /proc/PID/maps said at @seq follows. */
struct vproc_format_text {
	__u64 seq;
};

#endif /* _LIB_FORMAT_H */
