// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shared memory of a page set: control page, rings, syscall pages. The
 * pages are charged to the memory cgroup of the program, which a vmalloc area
 * for user space is not.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "flexsc.h"

static void flexsc_pages_free(struct flexsc_set *set)
{
	unsigned int i;

	if (set->base)
		vunmap(set->base);
	set->base = NULL;
	for (i = 0; i < set->page_array_count; i++)
		__free_page(set->page_array[i]);
	set->page_array_count = 0;
	kvfree(set->page_array);
	set->page_array = NULL;
}

static int flexsc_pages_allocate(struct flexsc_set *set, unsigned int count)
{
	set->page_array = kvcalloc(count, sizeof(*set->page_array), GFP_KERNEL_ACCOUNT);
	if (!set->page_array)
		return -ENOMEM;
	while (set->page_array_count < count) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

		if (!page)
			return -ENOMEM;
		set->page_array[set->page_array_count++] = page;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	set->base = vmap(set->page_array, count, VM_MAP, PAGE_KERNEL);
	return set->base ? 0 : -ENOMEM;
}

/* Lays the parts out, and tells the program where they are. */
static void flexsc_pages_lay_out(struct flexsc_set *set, u32 page_count, u32 total,
				 const u32 offsets[4])
{
	struct flexsc_control *control = set->base;

	set->control = control;
	set->submission_slots = set->base + offsets[0];
	set->completion_slots = set->base + offsets[1];
	set->buffer_slots = set->base + offsets[2];
	set->entries = set->base + offsets[3];

	control->magic = FLEXSC_ABI_MAGIC;
	control->version = FLEXSC_ABI_VERSION;
	control->page_count = page_count;
	control->entry_count = set->entry_count;
	control->ring_capacity = set->ring_capacity;
	control->ring_mask = set->ring_capacity - 1;
	control->submission_ring_offset = offsets[0];
	control->completion_ring_offset = offsets[1];
	control->buffer_ring_offset = set->buffer_capacity ? offsets[2] : 0;
	control->buffer_ring_capacity = set->buffer_capacity;
	control->pages_offset = offsets[3];
	control->total_bytes = total;
	/* No thread is in yet, so whoever submits has to kick. */
	control->executor_sleeps = 1;
}

/**
 * flexsc_pages_create() - allocates a page set as FLEXSC_IOC_SETUP asks for.
 * @set: the open file; setup_lock is held.
 * @setup: checked here; total_bytes is filled in.
 *
 * Return: 0 or a negative errno, with nothing left allocated.
 */
int flexsc_pages_create(struct flexsc_set *set, struct flexsc_setup *setup)
{
	u32 entries, capacity, total, offsets[4];
	int error;

	if (setup->version != FLEXSC_ABI_VERSION || setup->flags || setup->reserved)
		return -EINVAL;
	if (!setup->page_count || setup->page_count > FLEXSC_MAX_PAGES)
		return -EINVAL;
	if (setup->buffer_ring_capacity > FLEXSC_MAX_BUFFERS ||
	    (setup->buffer_ring_capacity && !is_power_of_2(setup->buffer_ring_capacity)))
		return -EINVAL;

	entries = setup->page_count * FLEXSC_ENTRIES_PER_PAGE;
	capacity = roundup_pow_of_two(entries);
	offsets[0] = PAGE_SIZE;
	offsets[1] = offsets[0] + capacity * sizeof(u32);
	offsets[2] = offsets[1] + capacity * sizeof(u32);
	offsets[3] = PAGE_ALIGN(offsets[2] +
				setup->buffer_ring_capacity * sizeof(struct flexsc_buffer));
	total = offsets[3] + setup->page_count * FLEXSC_PAGE_BYTES;

	set->entry_count = entries;
	set->ring_capacity = capacity;
	set->buffer_capacity = setup->buffer_ring_capacity;
	error = flexsc_charge(&set->pages_charge, total + entries * sizeof(*set->slots));
	if (error)
		return error;
	set->slots = kvcalloc(entries, sizeof(*set->slots), GFP_KERNEL_ACCOUNT);
	error = set->slots ? flexsc_files_create(set) : -ENOMEM;
	if (!error)
		error = flexsc_pages_allocate(set, total / PAGE_SIZE);
	if (error) {
		flexsc_pages_destroy(set);
		return error;
	}
	flexsc_pages_lay_out(set, setup->page_count, total, offsets);
	setup->total_bytes = total;
	return 0;
}

void flexsc_pages_destroy(struct flexsc_set *set)
{
	flexsc_pages_free(set);
	flexsc_files_destroy(set);
	kvfree(set->slots);
	set->slots = NULL;
	flexsc_uncharge(&set->pages_charge);
}

static void flexsc_vma_open(struct vm_area_struct *vma)
{
	struct flexsc_set *set = vma->vm_private_data;

	spin_lock_irq(&set->lock);
	set->mappings++;
	spin_unlock_irq(&set->lock);
}

/*
 * An entry that waits holds the file it waits for, and that file may hold this
 * one (a socket with this descriptor in its queue). The last mapping always
 * goes when the program ends, so that is where such a circle is cut.
 */
static void flexsc_vma_close(struct vm_area_struct *vma)
{
	struct flexsc_set *set = vma->vm_private_data;
	bool last;

	spin_lock_irq(&set->lock);
	last = --set->mappings == 0;
	spin_unlock_irq(&set->lock);
	/* The memory map is locked here. */
	if (last)
		flexsc_cancel_all(set, false);
}

/* For debuggers: of a mapping marked VM_IO they see nothing without it. */
static int flexsc_vma_access(struct vm_area_struct *vma, unsigned long address, void *buffer,
			     int length, int write)
{
	struct flexsc_set *set = vma->vm_private_data;
	/* Mapped as a whole from offset 0, but parts of it may have been unmapped. */
	unsigned long offset = address - vma->vm_start + (vma->vm_pgoff << PAGE_SHIFT);

	length = min_t(unsigned long, length, vma->vm_end - address);
	if (write)
		memcpy(set->base + offset, buffer, length);
	else
		memcpy(buffer, set->base + offset, length);
	return length;
}

static const struct vm_operations_struct flexsc_vm_operations = {
	.open	= flexsc_vma_open,
	.close	= flexsc_vma_close,
	.access	= flexsc_vma_access,
};

int flexsc_pages_map(struct flexsc_set *set, struct vm_area_struct *vma)
{
	int error;

	if (vma->vm_pgoff || vma_pages(vma) != set->page_array_count ||
	    !(vma->vm_flags & VM_SHARED) || (vma->vm_flags & VM_EXEC))
		return -EINVAL;
	/* VM_IO, as madvise(MADV_DOFORK) takes VM_DONTCOPY off any other mapping. */
	flexsc_vma_flags(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_IO, VM_MAYEXEC);
	error = vm_map_pages(vma, set->page_array, set->page_array_count);
	if (error)
		return error;
	vma->vm_private_data = set;
	vma->vm_ops = &flexsc_vm_operations;
	flexsc_vma_open(vma);
	return 0;
}
