/* SPDX-License-Identifier: MIT */
/*
 * flexsc_layout.h - the compiler's word that the shared memory lies as written
 * down: an entry in a cache line of its own, each end of a ring in another.
 */
#ifndef FLEXSC_LAYOUT_H
#define FLEXSC_LAYOUT_H

#include <stddef.h>

#include "../flexsc_abi.h"
#include "../flexsc_device.h"

#define FLEXSC_AT(type, member, offset)						\
	_Static_assert(offsetof(struct type, member) == (offset),		\
		       #type "." #member " is not at byte " #offset)
#define FLEXSC_BYTES(type, bytes)						\
	_Static_assert(sizeof(struct type) == (bytes), #type " is not " #bytes " bytes")

FLEXSC_BYTES(flexsc_entry, FLEXSC_ENTRY_BYTES);
FLEXSC_AT(flexsc_entry, status, 0);
FLEXSC_AT(flexsc_entry, number, 4);
FLEXSC_AT(flexsc_entry, argument_count, 6);
FLEXSC_AT(flexsc_entry, flags, 7);
FLEXSC_AT(flexsc_entry, arguments, 8);
FLEXSC_AT(flexsc_entry, result, 56);
FLEXSC_BYTES(flexsc_page, FLEXSC_PAGE_BYTES);

FLEXSC_BYTES(flexsc_ring, 128);
FLEXSC_AT(flexsc_ring, head, 0);
FLEXSC_AT(flexsc_ring, tail, 64);

FLEXSC_BYTES(flexsc_buffer, 16);
FLEXSC_AT(flexsc_buffer, address, 0);
FLEXSC_AT(flexsc_buffer, bytes, 8);
FLEXSC_AT(flexsc_buffer, id, 12);

FLEXSC_BYTES(flexsc_control, 640);
FLEXSC_AT(flexsc_control, magic, 0);
FLEXSC_AT(flexsc_control, version, 4);
FLEXSC_AT(flexsc_control, page_count, 8);
FLEXSC_AT(flexsc_control, entry_count, 12);
FLEXSC_AT(flexsc_control, ring_capacity, 16);
FLEXSC_AT(flexsc_control, ring_mask, 20);
FLEXSC_AT(flexsc_control, submission_ring_offset, 24);
FLEXSC_AT(flexsc_control, completion_ring_offset, 28);
FLEXSC_AT(flexsc_control, pages_offset, 32);
FLEXSC_AT(flexsc_control, total_bytes, 36);
FLEXSC_AT(flexsc_control, buffer_ring_offset, 40);
FLEXSC_AT(flexsc_control, buffer_ring_capacity, 44);
FLEXSC_AT(flexsc_control, submission, 64);
FLEXSC_AT(flexsc_control, completion, 192);
FLEXSC_AT(flexsc_control, program_sleeps, 320);
FLEXSC_AT(flexsc_control, executor_sleeps, 384);
FLEXSC_AT(flexsc_control, threads, 448);
FLEXSC_AT(flexsc_control, blocked_threads, 452);
FLEXSC_AT(flexsc_control, wants_thread, 456);
FLEXSC_AT(flexsc_control, buffers, 512);

FLEXSC_BYTES(flexsc_setup, 32);
FLEXSC_AT(flexsc_setup, total_bytes, 16);
FLEXSC_BYTES(flexsc_run, 16);
FLEXSC_BYTES(flexsc_wait, 16);
FLEXSC_AT(flexsc_wait, timeout_ns, 8);
FLEXSC_BYTES(flexsc_stats, 128);

#undef FLEXSC_AT
#undef FLEXSC_BYTES

#endif /* FLEXSC_LAYOUT_H */
