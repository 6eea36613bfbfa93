# shellcheck shell=bash
# Shared libraries for programs in the guest's image.

# copy_libraries PROGRAM...: what they are linked with, and libc by the name
# that .NET looks for.
copy_libraries()
{
	local library

	ldd "$@" | grep -oE '/[^ ]+' | grep -vxF "$(printf '%s:\n' "$@")" | sort -u |
	while read -r library; do
		if [ ! -e "$FLEXSC_IMAGE$library" ]; then
			mkdir -p "$FLEXSC_IMAGE$(dirname "$library")"
			cp -L "$library" "$FLEXSC_IMAGE$library"
		fi
	done
	library=$(ldd "$@" | grep -oE '/[^ ]+/libc\.so\.6' | head -n 1)
	ln -sfn libc.so.6 "$FLEXSC_IMAGE$(dirname "$library")/libc.so"
}
