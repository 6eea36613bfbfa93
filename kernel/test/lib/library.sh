# shellcheck shell=bash
# libflexsc as a program sees it: installed.

# The program is made in these ways.
library_ways="c-shared c-static c++-shared c++-static"

# install_library DESTDIR VARIABLE=VALUE...
install_library()
{
	local directory=$1
	shift

	make -s -C "$FLEXSC_KERNEL/lib" obj="$FLEXSC_BUILD/lib" install DESTDIR="$directory" "$@"
}

# library_flags DESTDIR LIBDIR OPTION...: what pkg-config answers there.
library_flags()
{
	local root=$1 directory=$2
	shift 2

	PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$root$directory/pkgconfig" \
		PKG_CONFIG_PATH='' pkg-config "$@" flexsc
}

# compile_program WAY DESTDIR LIBDIR OUTPUT: with nothing but what pkg-config says.
compile_program()
{
	local way=$1 root=$2 directory=$3 output=$4 source="$FLEXSC_KERNEL/test/installed"
	local compiler options=(-Wall -Wextra -pedantic -Werror -O2)

	case "$way" in
	c-*) compiler=(gcc -std=c99 -x c) ;;
	*) compiler=(g++ -std=c++11 -x c++) ;;
	esac
	local link=()
	case "$way" in
	*-static) link=(--static) options+=(-static) ;;
	esac
	# Word splitting is meant: several flags.
	# shellcheck disable=SC2046
	"${compiler[@]}" "${options[@]}" $(library_flags "$root" "$directory" --cflags) -o "$output" \
		"$source/program.c" "$source/second.c" -x none \
		$(library_flags "$root" "$directory" "${link[@]}" --libs)
}
