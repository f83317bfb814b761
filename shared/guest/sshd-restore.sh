# Takes back what sshd-restrict.sh has written, if it is unchanged. By hand, as root:
#   cat sshd-lib.sh sshd-restore.sh | sh -s passwords
#   cat sshd-lib.sh sshd-restore.sh | sh -s root
# It checks by sshd -t before and after, and puts the lines back if sshd would not read the rest.
refuse() { echo "not taken back: $1" >&2; exit 3; }

case $1 in passwords | root) ;; *) refuse unknown ;; esac
taken
valid || refuse invalid
file=$(dropin "$1")
block=$(sed -n "/^# ecsguard $1: begin$/,/^# ecsguard $1: end$/p" "$config")
if [ -e "$file" ]; then
	if [ "$(cat "$file")" != "$(text "$1")" ]; then refuse changed; fi
	mv -f "$file" "$file.old"
	if ! valid; then mv -f "$file.old" "$file"; refuse invalid; fi
elif [ -n "$block" ]; then
	if [ "$block" != "$(text "$1")" ]; then refuse changed; fi
	cp -p "$config" "$config.ecsguard-new" && sed "/^# ecsguard $1: begin$/,/^# ecsguard $1: end$/d" "$config" >"$config.ecsguard-new" || refuse write
	if ! "$sshd" -t -f "$config.ecsguard-new" 2>/dev/null; then rm -f "$config.ecsguard-new"; refuse invalid; fi
	replaced "$config.ecsguard-new" "$config"
else
	echo "nothing to take back"
	exit 0
fi
again || refuse reload
rm -f "$file.old"
echo "taken back"
