# shellcheck shell=bash
# Debian packages and the cache of the virtual-machine harness.

# Where downloaded kernels and built objects are kept between runs.
cache_directory()
{
	local directory="${FLEXSC_KERNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/flexsc-kernel}"

	mkdir -p "$directory"
	echo "$directory"
}

is_installed()
{
	dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
}

have_package_lists()
{
	[ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ]
}

# need_packages NAME...: installs what is missing.
need_packages()
{
	local missing=() name

	for name in "$@"; do
		is_installed "$name" || missing+=("$name")
	done
	[ "${#missing[@]}" -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "missing packages, install them as root: ${missing[*]}" >&2
		return 1
	fi
	echo "installing ${missing[*]}"
	apt-get -o DPkg::Lock::Timeout=300 update -qq
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
		--no-install-recommends "${missing[@]}" >/dev/null
}

# newest_version PACKAGE: the version apt would install.
newest_version()
{
	have_package_lists || apt-get update -qq
	apt-cache policy "$1" | awk '$1 == "Candidate:" { print $2 }'
}

# remembered NAME COMMAND...: what the command prints, which takes apt a second;
# asked again once the package lists have changed.
remembered()
{
	local file

	file="$(cache_directory)/apt-$1"
	shift
	if [ ! -s "$file" ] || [ /var/lib/apt/lists -nt "$file" ]; then
		"$@" >"$file.$$" || { rm -f "$file.$$"; return 1; }
		mv "$file.$$" "$file"
	fi
	cat "$file"
}
