// SPDX-License-Identifier: MIT
/*
 * The least an io_uring server can do: one thread, one ring that only it
 * submits to and whose completions are run when it waits (SINGLE_ISSUER,
 * DEFER_TASKRUN: Linux 6.1), multishot accept and receive, a ring of
 * provided buffers, one send under way for each connection. It enters the
 * kernel once for a turn. This is the limit that the targets are set by.
 * The calls are bare, since not every system has liburing.
 */
#define _GNU_SOURCE
#include "hello.h"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define SUBMISSION_SLOTS	1024
#define COMPLETION_SLOTS	8192
#define BUFFERS			1024
#define BUFFER_BYTES		4096
#define BUFFER_GROUP		1

enum request { REQUEST_ACCEPT, REQUEST_RECEIVE, REQUEST_SEND };

struct connection {
	uint32_t tail;
	uint32_t owed;
	uint32_t sent;
	/* A send is under way: its completion sends what came meanwhile. */
	uint8_t sending;
	/* The receive has ended: close when the send has. */
	uint8_t ended;
};

static struct connection connections[HELLO_MAX_FDS];

static int ring_fd;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static _Atomic uint32_t *sq_head, *sq_tail, *cq_head, *cq_tail;
static uint32_t sq_mask, cq_mask;
static uint32_t *sq_array;
static uint32_t staged;

static struct io_uring_buf_ring *buffers;
static char *buffer_memory;
static uint16_t buffer_tail;

static int enter(uint32_t submit, uint32_t wait)
{
	return (int)syscall(__NR_io_uring_enter, ring_fd, submit, wait,
			    IORING_ENTER_GETEVENTS, NULL, 0);
}

static struct io_uring_sqe *next_sqe(enum request request, int fd)
{
	uint32_t tail = atomic_load_explicit(sq_tail, memory_order_relaxed);
	struct io_uring_sqe *sqe;

	while (tail - atomic_load_explicit(sq_head, memory_order_acquire) > sq_mask) {
		int n = enter(staged, 0);

		if (n < 0 && errno != EINTR)
			hello_die("io_uring_enter");
		staged -= n > 0 ? (uint32_t)n : 0;
	}
	sqe = &sqes[tail & sq_mask];
	memset(sqe, 0, sizeof(*sqe));
	sqe->fd = fd;
	sqe->user_data = ((uint64_t)request << 32) | (uint32_t)fd;
	/* Without SQPOLL the kernel looks at the tail inside the enter only. */
	atomic_store_explicit(sq_tail, tail + 1, memory_order_release);
	staged++;
	return sqe;
}

static void submit_accept(int listener)
{
	struct io_uring_sqe *sqe = next_sqe(REQUEST_ACCEPT, listener);

	sqe->opcode = IORING_OP_ACCEPT;
	sqe->ioprio = IORING_ACCEPT_MULTISHOT;
	sqe->accept_flags = SOCK_CLOEXEC;
}

static void submit_receive(int fd)
{
	struct io_uring_sqe *sqe = next_sqe(REQUEST_RECEIVE, fd);

	sqe->opcode = IORING_OP_RECV;
	sqe->ioprio = IORING_RECV_MULTISHOT;
	sqe->flags = IOSQE_BUFFER_SELECT;
	sqe->buf_group = BUFFER_GROUP;
}

static void submit_send(int fd)
{
	struct connection *c = &connections[fd];
	uint32_t batch = c->owed < HELLO_MAX_BATCH ? c->owed : HELLO_MAX_BATCH;
	struct io_uring_sqe *sqe = next_sqe(REQUEST_SEND, fd);

	sqe->opcode = IORING_OP_SEND;
	sqe->addr = (uint64_t)(uintptr_t)(hello_batch + c->sent);
	sqe->len = (uint32_t)(batch * hello_answer_bytes - c->sent);
	sqe->msg_flags = MSG_NOSIGNAL;
	c->sending = 1;
}

static void give_buffer(uint16_t id)
{
	struct io_uring_buf *slot = &buffers->bufs[buffer_tail & (BUFFERS - 1)];

	slot->addr = (uint64_t)(uintptr_t)(buffer_memory + (size_t)id * BUFFER_BYTES);
	slot->len = BUFFER_BYTES;
	slot->bid = id;
	buffer_tail++;
	__atomic_store_n(&buffers->tail, buffer_tail, __ATOMIC_RELEASE);
}

static void close_if_done(int fd)
{
	if (connections[fd].ended && !connections[fd].sending) {
		close(fd);
		hello_connection(-1);
	}
}

static void accepted(const struct io_uring_cqe *cqe, int listener)
{
	if (cqe->res >= HELLO_MAX_FDS) {
		close(cqe->res);
	} else if (cqe->res >= 0) {
		connections[cqe->res] = (struct connection){ 0 };
		hello_connection(1);
		submit_receive(cqe->res);
	}
	if (!(cqe->flags & IORING_CQE_F_MORE))
		submit_accept(listener);
}

static void received(const struct io_uring_cqe *cqe, int fd)
{
	struct connection *c = &connections[fd];

	if (cqe->flags & IORING_CQE_F_BUFFER) {
		uint16_t id = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);

		if (cqe->res > 0)
			c->owed += hello_heads(buffer_memory + (size_t)id * BUFFER_BYTES,
					       (size_t)cqe->res, &c->tail);
		give_buffer(id);
	}
	if (c->owed && !c->sending)
		submit_send(fd);
	if (cqe->flags & IORING_CQE_F_MORE)
		return;
	if (cqe->res > 0 || cqe->res == -ENOBUFS) {
		submit_receive(fd);
		return;
	}
	c->ended = 1;
	close_if_done(fd);
}

static void sent(const struct io_uring_cqe *cqe, int fd)
{
	struct connection *c = &connections[fd];
	size_t bytes;

	c->sending = 0;
	if (cqe->res < 0) {
		/* The receive ends as well, and closes. */
		c->owed = 0;
	} else {
		bytes = c->sent + (size_t)cqe->res;
		hello_count(bytes / hello_answer_bytes);
		c->owed -= (uint32_t)(bytes / hello_answer_bytes);
		c->sent = (uint32_t)(bytes % hello_answer_bytes);
	}
	if (c->owed)
		submit_send(fd);
	else
		close_if_done(fd);
}

static void reap(void)
{
	uint32_t head = atomic_load_explicit(cq_head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(cq_tail, memory_order_acquire);

	for (; head != tail; head++) {
		const struct io_uring_cqe *cqe = &cqes[head & cq_mask];
		int fd = (int)(uint32_t)cqe->user_data;

		switch ((enum request)(cqe->user_data >> 32)) {
		case REQUEST_ACCEPT:
			accepted(cqe, fd);
			break;
		case REQUEST_RECEIVE:
			received(cqe, fd);
			break;
		case REQUEST_SEND:
			sent(cqe, fd);
			break;
		}
	}
	atomic_store_explicit(cq_head, head, memory_order_release);
}

static void set_up_ring(void)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_CQSIZE,
		.cq_entries = COMPLETION_SLOTS,
	};
	size_t sq_bytes, cq_bytes, bytes;
	char *ring;

	ring_fd = (int)syscall(__NR_io_uring_setup, SUBMISSION_SLOTS, &p);
	if (ring_fd < 0)
		hello_die("io_uring_setup (DEFER_TASKRUN needs Linux 6.1)");
	sq_bytes = p.sq_off.array + p.sq_entries * sizeof(uint32_t);
	cq_bytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
	/* IORING_FEAT_SINGLE_MMAP, Linux 5.4: one mapping has both rings. */
	ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		    ring_fd, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring_fd, IORING_OFF_SQES);
	if (ring == MAP_FAILED || sqes == MAP_FAILED)
		hello_die("mmap of the ring");
	sq_head = (_Atomic uint32_t *)(ring + p.sq_off.head);
	sq_tail = (_Atomic uint32_t *)(ring + p.sq_off.tail);
	sq_mask = *(uint32_t *)(ring + p.sq_off.ring_mask);
	sq_array = (uint32_t *)(ring + p.sq_off.array);
	cq_head = (_Atomic uint32_t *)(ring + p.cq_off.head);
	cq_tail = (_Atomic uint32_t *)(ring + p.cq_off.tail);
	cq_mask = *(uint32_t *)(ring + p.cq_off.ring_mask);
	cqes = (struct io_uring_cqe *)(ring + p.cq_off.cqes);
	for (uint32_t i = 0; i < p.sq_entries; i++)
		sq_array[i] = i;
}

static void set_up_buffers(void)
{
	struct io_uring_buf_reg registration = {
		.ring_entries = BUFFERS,
		.bgid = BUFFER_GROUP,
	};

	buffers = mmap(NULL, BUFFERS * sizeof(struct io_uring_buf),
		       PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	buffer_memory = mmap(NULL, (size_t)BUFFERS * BUFFER_BYTES,
			     PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	if (buffers == MAP_FAILED || buffer_memory == MAP_FAILED)
		hello_die("mmap of the buffers");
	registration.ring_addr = (uint64_t)(uintptr_t)buffers;
	if (syscall(__NR_io_uring_register, ring_fd, IORING_REGISTER_PBUF_RING,
		    &registration, 1) < 0)
		hello_die("io_uring_register of the buffer ring");
	for (int i = 0; i < BUFFERS; i++)
		give_buffer((uint16_t)i);
}

int main(int argc, char **argv)
{
	int listener = hello_listen(argc, argv, 0);

	set_up_ring();
	set_up_buffers();
	submit_accept(listener);
	hello_announce(listener, "bare C, io_uring, one thread");
	for (;;) {
		int n = enter(staged, 1);

		if (n < 0 && errno != EINTR && errno != EBUSY)
			hello_die("io_uring_enter");
		/* What was not taken is still in the ring, and counted. */
		if (n > 0)
			staged -= (uint32_t)n;
		hello_refresh();
		reap();
	}
}
