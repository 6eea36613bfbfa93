# shellcheck shell=bash
# Headers of kernels that are not booted here. They are unpacked into the cache,
# never installed: those of 6.12 would bring their kernel into the machine.

# served_releases: of each series and flavour that apt serves, the newest.
served_releases()
{
	have_package_lists || apt-get update -qq >&2
	apt-cache search --names-only '^linux-headers-[0-9].*-amd64$' |
		sed -nE 's/^linux-headers-([0-9]+\.[0-9]+\.[0-9]+[^ ]*-amd64) .*/\1/p' | newest_of_each
}

# newest_of_each: of the releases on standard input, one of each series and flavour.
newest_of_each()
{
	sort -V | awk '{
		split($0, number, ".")
		flavour = $0
		sub(/^[^-]*(-[0-9]+)?-/, "", flavour)
		newest[number[1] "." number[2] " " flavour] = $0
	} END { for (each in newest) print newest[each] }' | sort -V
}

# installed_releases: the same of what is in /lib/modules.
installed_releases()
{
	find /lib/modules -mindepth 2 -maxdepth 2 -name build 2>/dev/null |
		sed -E 's|^/lib/modules/(.*)/build$|\1|' | newest_of_each
}

# headers_packages RELEASE: those that its headers consist of, the kernel itself left out.
headers_packages()
{
	echo "linux-headers-$1"
	apt-cache depends "linux-headers-$1" |
		sed -nE 's/^ *\|?Depends: (linux-(headers|kbuild)-.*)/\1/p'
}

# unpacked_headers RELEASE CACHE: prints their directory.
unpacked_headers()
{
	local release=$1 version directory package

	version=$(remembered "version-$release" newest_version "linux-headers-$release")
	directory="$2/headers-$release-$version"
	if [ ! -e "$directory/.complete" ]; then
		rm -rf "$directory"
		mkdir -p "$directory"
		(
			cd "$directory"
			headers_packages "$release" | xargs apt-get -o APT::Sandbox::User=root download -qq
			for package in *.deb; do
				dpkg-deb -x "$package" .
			done
			rm -f ./*.deb
			# The one absolute path: to the files that flavours have in common.
			sed -i "s|^include /usr/src/|include $directory/usr/src/|" "usr/src/linux-headers-$release/Makefile"
			touch .complete
		) >&2 || return 1
	fi
	echo "$directory/usr/src/linux-headers-$release"
}

# missing_compiler HEADERS: the compiler that they ask for, if it is not here.
missing_compiler()
{
	local compiler

	compiler=$(sed -nE 's/^CC = .*\)(gcc-[0-9]+)$/\1/p' "$1/.kernelvariables" 2>/dev/null)
	[ -n "$compiler" ] && ! command -v "$compiler" >/dev/null && echo "$compiler"
}
