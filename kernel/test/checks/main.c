// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>

#include "flexsc_device.h"

int main(void)
{
	int fd = open(FLEXSC_DEVICE_PATH, O_RDWR);

	puts(fd >= 0 ? "ok open" : "not ok open: cannot");
	return fd < 0;
}
