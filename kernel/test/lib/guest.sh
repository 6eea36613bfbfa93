# shellcheck shell=bash
# The guest: its image, its boot, and what it reported.

# Kernel messages that fail a run whatever the suites say.
kernel_complaints='KASAN|BUG:|WARNING:|INFO: task .* blocked|INFO: rcu|rcu: INFO|Oops|general protection|possible (circular|recursive)|inconsistent lock|invalid context|suspicious RCU|ODEBUG|Bad page|list_(add|del) corruption|soft lockup|Kernel panic|refcount_t:|Objects remaining|Slab cache still has objects|lock held when returning|scheduling while atomic'

# make_image MODULE PARAMETERS DEBUG SUITE...: fills $FLEXSC_IMAGE and packs it.
make_image()
{
	local module=$1 parameters=$2 debug=$3 suite hook
	shift 3

	mkdir -p "$FLEXSC_IMAGE"/{bin,dev,proc,sys,tmp,root,suites,lib}
	cp /bin/busybox "$FLEXSC_IMAGE/bin/"
	cp "$module" "$FLEXSC_IMAGE/lib/flexsc.ko"
	cp "$FLEXSC_KERNEL/test/lib/init" "$FLEXSC_IMAGE/init"
	chmod +x "$FLEXSC_IMAGE/init"
	{
		echo "srcversion=$(/sbin/modinfo -F srcversion "$module")"
		echo "parameters='$parameters'"
		echo "complaints='$kernel_complaints'"
		echo "export FLEXSC_DEBUG_KERNEL=$debug"
		echo "export FLEXSC_CHECKS='${FLEXSC_CHECKS:-}'"
		echo "export FLEXSC_FUZZ_CALLS='${FLEXSC_FUZZ_CALLS:-}'"
		echo "export FLEXSC_CONNECTIONS='${FLEXSC_CONNECTIONS:-}'"
	} >"$FLEXSC_IMAGE/lib/settings"
	for suite in "$@"; do
		cp "$suite" "$FLEXSC_IMAGE/suites/"
		hook="$(dirname "$suite")/../build/$(basename "$suite")"
		if [ -e "$hook" ]; then
			"$hook" || { echo "run: $hook failed" >&2; return 1; }
		fi
	done
	# Not compressed: the emulated guest would take seconds to unpack it.
	(cd "$FLEXSC_IMAGE" && find . | cpio --quiet -o -H newc -R 0:0) >"$FLEXSC_IMAGE.cpio"
}

# boot_once KERNEL MEMORY LIMIT CONSOLE RESULTS: suites report on the second
# serial line, so that kernel messages cannot tear their lines.
boot_once()
{
	local kernel=$1 memory=$2 limit=$3 console=$4 results=$5

	timeout --foreground "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
		-smp "${FLEXSC_GUEST_CORES:-2}" -m "${FLEXSC_GUEST_MEMORY:-$memory}" \
		-display none -monitor none -no-reboot -net none \
		-serial "file:$console" -serial stdio -kernel "$kernel" -initrd "$FLEXSC_IMAGE.cpio" \
		-append "console=ttyS0 loglevel=5 panic=-1 oops=panic" </dev/null |
		sed -u 's/\r$//' | tee -a "$results"
}

# boot_guest KERNEL MEMORY LIMIT CONSOLE RESULTS: a kernel that panics before its
# first process has had nothing to do with the module; emulated cores now and
# then run into code that the boot rewrites. It is told of, and booted again once.
boot_guest()
{
	local console=$4 results=$5 status=0

	boot_once "$@" || status=$?
	if ! grep -q '^guest kernel ' "$results" && grep -qa 'Kernel panic' "$console"; then
		echo "# the kernel panicked before its first process, booting again: $(grep -a -m 1 -E 'Oops|BUG|panic' "$console")"
		mv "$console" "$console.first"
		status=0
		boot_once "$@" || status=$?
	fi
	[ "$status" -eq 0 ] || echo "not ok guest: qemu ended with $status, limit $3 s" | tee -a "$results"
}

# count_results RESULTS CONSOLE SUITE...: prints the closing line.
count_results()
{
	local results=$1 console=$2 suite passed failed skipped
	shift 2

	for suite in "$@"; do
		grep -qx "suite $(basename "$suite") ended" "$results" ||
			echo "not ok $(basename "$suite"): did not end" | tee -a "$results"
	done
	if grep -qaE "$kernel_complaints" "$console"; then
		grep -aE -m 3 -A 40 "$kernel_complaints" "$console" | head -n 120
		echo "not ok kernel: it complained, see $console" | tee -a "$results"
	elif grep -q '^not ok .*: did not end' "$results"; then
		tail -n 25 "$console"
	fi
	passed=$(grep -c '^ok ' "$results" || true)
	failed=$(grep -c '^not ok ' "$results" || true)
	[ "$passed" -gt 0 ] || { echo "not ok run: no check passed"; failed=$((failed + 1)); }
	skipped=$(grep -c "^skipped " "$results" || true)
	echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
	[ "$failed" -eq 0 ]
}
