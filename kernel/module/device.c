// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/flexsc: the device, and what a program may ask of it.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "../flexsc_device.h"

static const struct file_operations flexsc_file_operations = {
	.owner	= THIS_MODULE,
	.llseek	= noop_llseek,
};

static struct miscdevice flexsc_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "flexsc",
	.fops	= &flexsc_file_operations,
	.mode	= 0600,
};

module_misc_device(flexsc_device);
MODULE_DESCRIPTION("Exception-less system calls");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.2");
