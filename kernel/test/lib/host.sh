# shellcheck shell=bash
# Suites that need no guest.

# run_host_suites RESULTS SUITE...: one after the other, reported like the guest's.
run_host_suites()
{
	local results=$1 suite name
	shift

	for suite in "$@"; do
		name=$(basename "$suite")
		echo "suite $name" | tee -a "$results"
		{ "$suite" || echo "not ok $name: exit code $?"; } 2>&1 | tee -a "$results"
		echo "suite $name ended" | tee -a "$results"
	done
}
