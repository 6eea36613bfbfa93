/* SPDX-License-Identifier: MIT */
/* second.c - another file that includes the headers; C and C++, as program.c. */
#include "program.h"

int submit_write(struct flexsc *flexsc, struct flexsc_cb *cb, int fd)
{
	static const char text[] = "x";

	return FLEXSC_SUBMIT(flexsc, cb, FLEXSC_ENTRY_POLL_OUT, SYS_write, fd, FLEXSC_POINTER(text), 1);
}
