#!/bin/sh
# Runs a build and says all the while how far it has come, since a first one takes
# minutes: which module is fetched, which package is compiled, for how long.
#
#   build.sh "what it does, and how long about" go build -v …
#   build.sh -shown FILE SECONDS      only the line for what a build has said into a file, after so long
#
# On a terminal one line is kept up to date; elsewhere there is one every five seconds.
set -eu

shown() {
	now=$(tail -n 1 "$1")
	case $now in
	'') now='looking at what has changed' ;;
	'go: '*) now=${now#go: } ;;
	*)
		now=${now#github.com/ecsguard/ecsguard/}
		# What tells one package from another is at the end.
		[ "${#now}" -le 38 ] || now=...$(printf '%s' "$now" | tail -c 35)
		now="$(grep -vc '^go: ' "$1") packages so far, the last $now"
		;;
	esac
	printf '  %3d s  %s' "$2" "$now" | cut -c 1-78
}
if [ "$1" = -shown ]; then
	shown "$2" "$3"
	exit
fi
# What a script starts in the background has Ctrl-C's signal ignored, and a shell cannot undo
# that for itself.
if [ -z "${ECSGUARD_BUILD-}" ] && env --default-signal=INT true 2>/dev/null; then
	ECSGUARD_BUILD=1 exec env --default-signal=INT sh "$0" "$@"
fi
what=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT

build=
trap 'kill $build 2>/dev/null; exit 130' INT TERM
begun=$(date +%s)
"$@" >"$log" 2>&1 &
build=$!
printf '%s\n' "$what"
told=0
while kill -0 "$build" 2>/dev/null; do
	sleep 0.2 || : # which the signal ends as well: what becomes of the shell, its trap says
	took=$(($(date +%s) - begun))
	if [ "$took" -le "$told" ] || { [ ! -t 1 ] && [ "$took" -lt $((told + 5)) ]; }; then
		continue
	fi
	told=$took
	now=$(shown "$log" "$took")
	if [ -t 1 ]; then
		printf '\r\033[K%s' "$now"
	else
		printf '%s\n' "$now"
	fi
done
[ ! -t 1 ] || printf '\r\033[K'
if ! wait "$build"; then
	tail -n 60 "$log" >&2
	echo "The build failed: $what" >&2
	exit 1
fi
