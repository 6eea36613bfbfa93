// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the checks alone: /dev/flexsc-mortal, of which a read ends the thread that
 * makes it, inside the call, as an oops does there. So what becomes of a page
 * set whose thread dies can be looked at without breaking the kernel.
 *
 * A call of a program with several threads holds a reference to its file, which
 * a thread that ends inside the call never gives back. MORTAL_IOC_FORGET does so
 * for the descriptor that is its argument.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#define MORTAL_IOC_FORGET	_IO('M', 1)

typedef void mortal_exit_t(long code);

/* No module may name it. */
static mortal_exit_t *mortal_exit;

static ssize_t mortal_read(struct file *file, char __user *buffer, size_t bytes, loff_t *position)
{
	mortal_exit(0);
	return 0;
}

static long mortal_ioctl(struct file *file, unsigned int command, unsigned long descriptor)
{
	struct file *forgotten;

	if (command != MORTAL_IOC_FORGET)
		return -ENOTTY;
	forgotten = fget(descriptor);
	if (!forgotten)
		return -EBADF;
	fput(forgotten);
	fput(forgotten);
	return 0;
}

static const struct file_operations mortal_operations = {
	.owner		= THIS_MODULE,
	.read		= mortal_read,
	.unlocked_ioctl	= mortal_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice mortal_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "flexsc-mortal",
	.fops	= &mortal_operations,
	.mode	= 0600,
};

static int __init mortal_init(void)
{
	struct kprobe probe = { .symbol_name = "do_exit", .flags = KPROBE_FLAG_DISABLED };
	int error = register_kprobe(&probe);

	if (error)
		return error;
	mortal_exit = (mortal_exit_t *)probe.addr;
	unregister_kprobe(&probe);
	return misc_register(&mortal_device);
}

static void __exit mortal_leave(void)
{
	misc_deregister(&mortal_device);
}

module_init(mortal_init);
module_exit(mortal_leave);
MODULE_DESCRIPTION("Ends who reads it; for the checks of flexsc");
MODULE_LICENSE("GPL v2");
