# shellcheck shell=bash
# Finds Debian's cloud kernels and builds the module against them; with headers.sh.

# cloud_release SERIES: the release of the newest cloud kernel of the series,
# which is part of its packages' names and changes with every update.
cloud_release()
{
	local release

	release=$({ served_releases; installed_releases; } | grep -E "^${1//./\\.}\..*-cloud-amd64$" |
		newest_of_each)
	if [ -z "$release" ]; then
		echo "no Debian cloud kernel $1: neither in the package lists nor in /lib/modules" >&2
		return 1
	fi
	echo "$release"
}

# cloud_image RELEASE CACHE: the kernel of the same name as the headers. It is
# unpacked, never installed: the machine's own boot files are left alone.
cloud_image()
{
	local release=$1 directory version

	version=$(remembered "version-$release" newest_version "linux-headers-$release")
	directory="$2/image-$release-${version:-installed}"
	if [ ! -e "$directory/.complete" ]; then
		rm -rf "$directory"
		mkdir -p "$directory"
		(
			cd "$directory"
			apt-get -o APT::Sandbox::User=root download -qq "linux-image-$release=$version" 2>/dev/null ||
				{ apt-get update -qq && apt-get -o APT::Sandbox::User=root download -qq "linux-image-$release"; }
			dpkg-deb -x linux-image-*.deb unpacked
			mv unpacked/boot/vmlinuz-* vmlinuz
			rm -rf unpacked linux-image-*.deb
			touch .complete
		) >&2
	fi
	echo "$directory/vmlinuz"
}

# module_sources SOURCE
module_sources()
{
	find "$1/Kbuild" "$1"/*.h "$1/module" -name Kbuild -o -name '*.[ch]' | LC_ALL=C sort
}

# build_module SOURCE HEADERS BUILD: out of tree, and out of the source tree,
# when a source has changed since the last time.
build_module()
{
	local source=$1 headers=$2 build=$3 file log="$3.log" state

	state=$(module_sources "$source" | xargs sha256sum)
	[ ! -e "$build/flexsc.ko" ] || [ "$(cat "$build.sources" 2>/dev/null)" != "$state" ] || return 0
	# Anew, so that nothing of an older source is left, and every warning is seen.
	rm -rf "$build" "$build.sources"
	module_sources "$source" | while read -r file; do
		mkdir -p "$build/$(dirname "${file#"$source"/}")"
		cp "$file" "$build/${file#"$source"/}"
	done
	# Without type information for tracers: where the headers bring a vmlinux for
	# it, it wants pahole, and nothing here looks at it.
	if ! make -s -C "$headers" M="$build" W=1 CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$log" 2>&1 ||
		grep -q 'warning:' "$log"; then
		cat "$log" >&2
		echo "run: the module does not build without warnings" >&2
		return 1
	fi
	echo "$state" >"$build.sources"
}
