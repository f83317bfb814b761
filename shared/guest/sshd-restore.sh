# Takes back what sshd-restrict.sh has written, if it is unchanged. By hand, as root:
#   cat sshd-lib.sh sshd-restore.sh | sh -s passwords
#   cat sshd-lib.sh sshd-restore.sh | sh -s root
# It checks by sshd -t before and after, and puts the lines back if sshd would not read the rest.
refuse() { echo "not taken back: $1" >&2; exit 3; }

case $1 in passwords | root) ;; *) refuse unknown ;; esac
taken
valid || refuse invalid
file=$(dropin "$1") aside=$config.ecsguard-aside
block=$(sed -n "/^# ecsguard $1: begin$/,/^# ecsguard $1: end$/p" "$config")
# A block that somebody has changed may no longer be found by its ends.
if [ -z "$block" ] && grep -q "^# ecsguard $1: " "$config"; then refuse changed; fi
if [ -n "$block" ] && [ "$block" != "$(text "$1")" ]; then refuse changed; fi
if [ -e "$file" ] && [ "$(cat "$file")" != "$(text "$1")" ]; then refuse changed; fi
if [ ! -e "$file" ] && [ -z "$block" ]; then
	again || refuse reload # a run before this one may have died before it
	rm -f "$aside"
	echo "nothing to take back"
	exit 0
fi
# It is put where no Include finds it.
back() { if [ -e "$aside" ]; then mv -f "$aside" "$file"; fi; }
rm -f "$aside"
if [ -e "$file" ]; then
	mv -f "$file" "$aside" || refuse write
	if ! valid; then back; refuse invalid; fi
fi
if [ -n "$block" ]; then
	cp -p "$config" "$config.ecsguard-new" && sed "/^# ecsguard $1: begin$/,/^# ecsguard $1: end$/d" "$config" >"$config.ecsguard-new" || { rm -f "$config.ecsguard-new"; back; refuse write; }
	if ! "$sshd" -t -f "$config.ecsguard-new" 2>/dev/null; then rm -f "$config.ecsguard-new"; back; refuse invalid; fi
	replaced "$config.ecsguard-new" "$config" || { rm -f "$config.ecsguard-new"; back; refuse write; }
fi
again || refuse reload
rm -f "$aside"
echo "taken back"
